"""Visits to a home that are agreed with its household by times to choose from."""
