"""Receive once: a form sent again by a phone that was offline has one effect."""
