"""Alembic's migrations, applied by `upgrade(url)`; outside the import graph of the storeys."""
