"""Passkeys: keys in people's phones instead of passwords (WebAuthn)."""
