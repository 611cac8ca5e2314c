"""Forgetting people who left long ago, and where they lived."""
