"""Guides: how a sort of work is done, step by step, at hand in the cellar."""
