"""What somebody wrote where they live, or lived until lately."""
