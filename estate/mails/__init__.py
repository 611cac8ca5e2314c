"""Mails on their way out of the house."""
