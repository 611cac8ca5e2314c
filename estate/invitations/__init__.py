"""The invitation letter: one code a household, admitting each named adult once."""
