"""Telling residents of a service message, each by what reaches them quickest."""
