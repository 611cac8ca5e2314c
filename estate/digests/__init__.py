"""The mail that gathers what no phone was told."""
