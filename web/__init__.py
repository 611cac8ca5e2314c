"""The door: pages, API, live updates, delivery and the command line."""
