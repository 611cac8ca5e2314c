"""What this database is: somebody's estate, or the demonstration's."""
