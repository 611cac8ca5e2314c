"""Bringing in many old PDFs at once: what each is follows from its file's name."""
