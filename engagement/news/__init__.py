"""Telling the neighbours of a new post."""
