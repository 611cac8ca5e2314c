"""The number somebody signs in with and is texted at, beside the one the administration has."""
