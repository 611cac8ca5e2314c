"""The maintenance plan: what is looked after how often, when it is due, and what was done."""
