"""Reading the tables that other people's systems write: CSV in every shape it comes in."""
