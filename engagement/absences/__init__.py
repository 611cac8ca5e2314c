"""Absences: on which days somebody of the staff is away, and whose hands hold what."""
