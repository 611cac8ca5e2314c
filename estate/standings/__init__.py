"""Standings: each role of a person with the places it reaches, and noticing that they changed."""
