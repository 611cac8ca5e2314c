"""Helpers: whom a resident lets read on their behalf, for how long, and ending it."""
