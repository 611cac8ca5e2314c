"""The installation's own key for web push (VAPID, RFC 8292), kept in the data folder, mode 600."""

import base64
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

FILE = "vapid.pem"


def make_keys(folder: Path) -> Path:
    """The key's file, made when there is none. A key that is there is never made anew.

    With a new key every phone would have to agree again.
    """
    path = folder / FILE
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    private = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    fresh = folder / f".{FILE}.{secrets.token_hex(4)}"
    fresh.touch(mode=0o600)
    fresh.write_bytes(private)
    try:
        # Only one of several processes starting at once may lay its key down.
        os.link(fresh, path)
    except FileExistsError:
        return path
    finally:
        fresh.unlink()
    return path


def load_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """The private key, made on first use."""
    key = serialization.load_pem_private_key(make_keys(folder).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{folder / FILE} is no push key. Move it away and run `opgang vapid`.")
    return key


def public_key(folder: Path) -> str:
    """The public key as `PushManager.subscribe` wants it: base64url of the uncompressed point."""
    point = (
        load_key(folder)
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
