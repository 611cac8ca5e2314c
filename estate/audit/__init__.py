"""Deeds, append-only: who did what to which thing, when."""
