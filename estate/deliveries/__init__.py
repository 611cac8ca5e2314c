"""Notifications on their way to phones."""
