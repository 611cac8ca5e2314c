"""The ground floor: what is true of the estate whatever we do on it."""
