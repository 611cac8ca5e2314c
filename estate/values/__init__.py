"""Dated values: deadlines, rates, promises and limits, each with its source."""
