"""What one file of the administration says about its estate."""
