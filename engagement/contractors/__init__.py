"""Sending a case to a firm by a link that needs no account and ends with the case."""
