"""An installation in one file (docs/decisions/0005-backups.md): laid out, sealed, read."""

import re
from dataclasses import dataclass
from datetime import datetime

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE = "database.sqlite"
TABLES = "tables/"
PHOTOS, FILES = "photos/", "files/"
KEYS = "keys.json"
ERASURES = "erasures.log"
KEY_FILES = ("secret", "vapid.pem")
PHOTO_NAME = re.compile(r"photos/(?P<two>[0-9a-f]{2})/(?P=two)[0-9a-f]{62}(\.small)?\.webp")
FILE_NAME = re.compile(r"files/(?P<two>[0-9a-f]{2})/(?P=two)[0-9a-f]{62}\.pdf")
TABLE_NAME = re.compile(r"tables/[a-z_]+\.copy")


class BackupTrouble(Exception):
    """Why a backup cannot be written or read, in one sentence."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself; `members` are SHA-256 by name."""

    made_at: datetime
    database: str
    revision: str
    members: dict[str, str]
    format: int = FORMAT
