"""The work of a day: tasks with a clock, from faults, the plan, and whatever comes up."""
