"""Opslagstavlen: what neighbours post, answer and lend each other."""
