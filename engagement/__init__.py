"""Residents, board, caretakers and project teams in everyday contact."""
