"""Which building project a case belongs to: by rule as it comes, put right by the staff."""
