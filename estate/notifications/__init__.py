"""Telling people: the outbox, their devices, and what each wishes to hear, when and where."""
