"""Binding letters to households: what was given, by which channel, and what proves it arrived."""
