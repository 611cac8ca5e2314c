"""Telling the neighbours of a new post, and nobody any more of one that came down."""
