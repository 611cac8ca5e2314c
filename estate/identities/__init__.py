"""The identities people sign in with at a provider (MitID through a broker)."""
