"""The installation's keys, sealed under a passphrase: scrypt (RFC 7914), then AES-256-GCM."""

import base64
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from web.backups import BackupTrouble

HARDNESS = {"n": 2**16, "r": 8, "p": 1}
PURPOSE = b"opgang backup keys"


def pack(keys: Mapping[str, bytes], passphrase: bytes | None) -> bytes:
    """Key files as one JSON document, sealed when there is a passphrase."""
    plain = {name: base64.b64encode(content).decode() for name, content in keys.items()}
    if passphrase is None:
        return json.dumps({"sealed": False, "keys": plain}).encode()
    salt, nonce = os.urandom(16), os.urandom(12)
    secret = AESGCM(_key(passphrase, salt)).encrypt(nonce, json.dumps(plain).encode(), PURPOSE)
    parts = {"salt": salt, "nonce": nonce, "secret": secret}
    sealed = {name: base64.b64encode(part).decode() for name, part in parts.items()}
    return json.dumps({"sealed": True, "scrypt": HARDNESS, **sealed}).encode()


def unpack(document: bytes, passphrase: bytes | None) -> dict[str, bytes]:
    """The key files of such a document; BackupTrouble for a missing or wrong passphrase."""
    content = json.loads(document)
    if not content["sealed"]:
        return {name: base64.b64decode(text) for name, text in content["keys"].items()}
    if passphrase is None:
        raise BackupTrouble("The keys in this backup are sealed; say --passphrase-file.")
    salt, nonce, secret = (base64.b64decode(content[part]) for part in ("salt", "nonce", "secret"))
    try:
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, secret, PURPOSE)
    except InvalidTag:
        raise BackupTrouble("This is not the passphrase the keys were sealed with.") from None
    return {name: base64.b64decode(text) for name, text in json.loads(plain).items()}


def _key(passphrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, **HARDNESS).derive(passphrase)
