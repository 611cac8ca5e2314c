"""Settings, read once from the environment (docs/surface.md lists them)."""

import secrets
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Settings(BaseSettings):
    """Every `OPGANG_…` variable with its default; a wrong value is one readable error."""

    model_config = SettingsConfigDict(env_prefix="OPGANG_", frozen=True, extra="ignore")

    data: Path = Path("var")
    database_url: str = ""
    bind: str = "127.0.0.1"
    port: int = 8000
    base_url: str = ""
    trusted_proxies: str = ""
    metrics_token: str = ""
    secret: str = ""
    live: str = "memory"
    smtp_url: str = ""
    sms_url: str = ""
    push_contact: str = ""
    mail_from: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = "MitID"
    translate_url: str = ""
    demo: bool = False
    worker: Literal["inside", "apart"] = "inside"

    @field_validator("base_url")
    @classmethod
    def _whole_address(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("OPGANG_BASE_URL must begin with http:// or https://")
        return value.rstrip("/")

    @field_validator("live")
    @classmethod
    def _known_transport(cls, value: str) -> str:
        if value not in {"memory", "postgres"} and not value.startswith("redis://"):
            raise ValueError("OPGANG_LIVE must be memory, postgres or redis://…")
        return value

    @field_validator("push_contact")
    @classmethod
    def _contact_that_apple_takes(cls, value: str) -> str:
        if value and not value.startswith(("mailto:", "https:")):
            raise ValueError("OPGANG_PUSH_CONTACT must begin with mailto: or https:")
        return value

    @model_validator(mode="after")
    def _fill_in(self) -> "Settings":
        data = self.data.absolute()
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
    def secure(self) -> bool:
        """Whether pages go over TLS."""
        return self.base_url.startswith("https:")

    @property
    def sqlite(self) -> bool:
        """Whether the database is one file beside the photos."""
        return self.database_url.startswith("sqlite")

    def key(self) -> bytes:
        """The installation's secret; made on first use and kept in the data folder, mode 600."""
        if self.secret:
            return self.secret.encode()
        path = self.data / "secret"
        if not path.exists():
            self.data.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        return path.read_bytes()
