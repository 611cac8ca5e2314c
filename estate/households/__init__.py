"""Households as the office and their own members see them: finding, adding, confirming."""
