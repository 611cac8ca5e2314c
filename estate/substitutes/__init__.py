"""Whoever stands in for a caretaker: a role with a last day, and what they must know of a place."""
