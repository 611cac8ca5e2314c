"""Answering a post's author privately: a thread between two, closed with the post."""
