"""Giving letters to households, each by the channel that reaches it."""
