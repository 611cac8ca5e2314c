"""Noticing that people reach other places than before."""
