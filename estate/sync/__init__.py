"""The administration's data: its CSV in, and what Opgang owns back out."""
