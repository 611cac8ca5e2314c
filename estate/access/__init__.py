"""Signing in: invitations, one-time codes and links, passkeys, sessions."""
