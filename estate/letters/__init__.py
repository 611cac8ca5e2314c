"""Binding letters to households: writing them, and what each says."""
