"""Persons, the households they live in, and the roles they hold."""
