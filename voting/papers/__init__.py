"""Papirer: rules, budgets, accounts and minutes of a section or organisation, in versions."""
