"""What an erased identity is called."""

IDENTITY = "oidc_identity"
"""What `erasures.log` calls a provider somebody no longer signs in by."""
