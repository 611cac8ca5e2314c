"""Settings, read once from the environment (docs/surface.md lists them)."""

import os
import secrets
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
CHECKOUT = Path(__file__).parent.parent


class Settings(BaseSettings):
    """Every `OPGANG_…` variable with its default; a wrong value is one readable error."""

    model_config = SettingsConfigDict(
        env_prefix="OPGANG_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    data: Path = CHECKOUT / "var"
    database_url: str = ""
    bind: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    base_url: str = ""
    trusted_proxies: str = ""
    metrics_token: str = ""
    secret: str = ""
    live: str = "memory"
    smtp_url: str = ""
    sms_url: str = ""
    sms_token: str = ""
    push_contact: str = ""
    mail_from: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = "MitID"
    demo: bool = False
    worker: Literal["inside", "apart"] = "inside"

    @field_validator("base_url")
    @classmethod
    def _whole_address(cls, value: str) -> str:
        address = urlsplit(value.rstrip("/"))
        if value and (address.scheme not in {"http", "https"} or not address.hostname):
            raise ValueError("OPGANG_BASE_URL must begin with http:// or https://")
        if address.path or address.query or address.fragment or address.username:
            raise ValueError("OPGANG_BASE_URL must be a whole host, without a path")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        plain = value.replace("postgres://", "postgresql://", 1)
        known = plain.replace("postgresql://", "postgresql+psycopg://", 1)
        if known and not known.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError(
                "OPGANG_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://"
            )
        return known

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            try:
                ip_network(part, strict=False)
            except ValueError:
                raise ValueError(
                    f"OPGANG_TRUSTED_PROXIES must be addresses or networks, not {part}"
                ) from None
        return value

    @field_validator("live")
    @classmethod
    def _known_transport(cls, value: str) -> str:
        if value not in {"memory", "postgres"} and not value.startswith("redis://"):
            raise ValueError("OPGANG_LIVE must be memory, postgres or redis://…")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        address = urlsplit(value)
        if value and (address.scheme not in {"smtp", "smtps"} or not address.hostname):
            raise ValueError("OPGANG_SMTP_URL must be smtp://HOST… or smtps://HOST…")
        try:
            port = address.port
        except ValueError:
            port = 0
        if port == 0:
            raise ValueError("OPGANG_SMTP_URL must have a port from 1 to 65535, or none")
        return value

    @field_validator("sms_url")
    @classmethod
    def _sms_adapter(cls, value: str) -> str:
        address = urlsplit(value)
        if value and (address.scheme not in {"http", "https"} or not address.hostname):
            raise ValueError("OPGANG_SMS_URL must be https://HOST/…")
        if address.scheme == "http" and address.hostname not in LOOPBACK:
            raise ValueError("OPGANG_SMS_URL must begin with https:// unless it is this machine")
        if address.password is not None:
            raise ValueError("OPGANG_SMS_URL may hold a token before the @, and no password")
        try:
            port = address.port
        except ValueError:
            port = 0
        if port == 0:
            raise ValueError("OPGANG_SMS_URL must have a port from 1 to 65535, or none")
        return value

    @field_validator("push_contact")
    @classmethod
    def _contact_that_apple_takes(cls, value: str) -> str:
        if value and not value.startswith(("mailto:", "https:")):
            raise ValueError("OPGANG_PUSH_CONTACT must begin with mailto: or https:")
        return value

    @model_validator(mode="after")
    def _fill_in(self) -> "Settings":
        data = self.data.expanduser().absolute()
        object.__setattr__(self, "data", data)
        if not self.base_url:
            object.__setattr__(self, "base_url", f"http://localhost:{self.port}")
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{data / 'opgang.db'}")
        return self

    @property
    def host(self) -> str:
        """The name pages answer to, also the passkeys' RP id."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def public(self) -> bool:
        """Whether the base URL is anything but this machine itself."""
        return self.host not in LOOPBACK

    @property
    def scheme(self) -> str:
        """How browsers reach us: `http` or `https`, whatever stands between."""
        return urlsplit(self.base_url).scheme

    @property
    def secure(self) -> bool:
        """Whether pages go over TLS."""
        return self.scheme == "https"

    @property
    def sqlite(self) -> bool:
        """Whether the database is one file beside the photos."""
        return self.database_url.startswith("sqlite")

    @property
    def sqlite_file(self) -> Path | None:
        """The database's file, where it is one."""
        return Path(make_url(self.database_url).database or "") if self.sqlite else None

    @property
    def erasure_log(self) -> Path:
        """What was erased is written down beside the database, so that a restore forgets it too."""
        beside = self.sqlite_file.parent if self.sqlite_file else self.data
        return beside / "erasures.log"

    def make_folder(self) -> None:
        """Make the data folder, for nobody but its owner."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)

    def key(self) -> bytes:
        """The installation's secret; made on first use and kept in the data folder, mode 600."""
        if self.secret:
            return self.secret.encode()
        path = self.data / "secret"
        if not path.exists():
            self.make_folder()
            write_once(path, secrets.token_urlsafe(48).encode())
        return path.read_bytes()


def write_once(path: Path, content: bytes) -> None:
    """Write a file only its owner may read. Of several processes, the first one's stays."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        return
    finally:
        fresh.unlink()
