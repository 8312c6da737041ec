"""What the environment says; the only module that reads it."""

from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import BadValue

DEFAULT_API_URL = "https://api.anthropic.com"
DEFAULT_PUBLIC_URL = "http://127.0.0.1:8501"


def is_loopback(url: str) -> bool:
    """Say whether a URL points at this very machine."""
    return is_this_machine(urlsplit(url).hostname or "")


def is_this_machine(host: str) -> bool:
    """Say whether a host is `localhost` or a loopback address; `127.example.com` is neither."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Settings(BaseSettings):
    """Every setting, validated; built once by `load`."""

    model_config = SettingsConfigDict(
        env_prefix="CLAUDE_SPEND_", frozen=True, hide_input_in_errors=True
    )

    database_url: str = Field(default="", repr=False)
    secret_key: SecretStr | None = None
    api_url: str = DEFAULT_API_URL
    demo: Literal["0", "1"] | None = None
    log: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "WARNING"
    log_format: Literal["text", "json"] = "text"
    revision_days: int = Field(default=38, ge=30, le=120)
    requests_per_minute: int = Field(default=60, ge=1, le=6000)
    keep_months: int | None = Field(default=None, ge=13, le=240)
    sync_every_minutes: int = Field(default=60, ge=0)
    public_url: str = DEFAULT_PUBLIC_URL
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    open_to: Literal["loopback", "everyone"] = "loopback"
    admins: str = ""
    analysts: str = ""
    viewers: str = ""
    role_claim: str = "roles,groups"
    holidays: str = Field(default="US", pattern=r"^([A-Z]{2}(-[A-Z0-9]{1,3})?|none)$")
    anomalies: Literal["sensitive", "normal", "quiet"] = "normal"

    @field_validator("log", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("demo", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("public_url")
    @classmethod
    def _only_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        odd = parts.username or parts.query or parts.fragment
        if parts.scheme not in {"http", "https"} or not parts.hostname or odd:
            raise ValueError("must be http or https, without user, query or fragment")
        return value.rstrip("/")

    @field_validator("api_url")
    @classmethod
    def _only_safe_urls(cls, value: str) -> str:
        parts = urlsplit(value)
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(value))
        odd = parts.username is not None or parts.query or parts.fragment
        if not safe or not parts.hostname or odd:
            raise ValueError(
                "must be https, or http on a loopback address, without user, query or fragment"
            )
        return value.rstrip("/")

    @model_validator(mode="after")
    def _database_scheme(self) -> Self:
        scheme = self.database_url.partition(":")[0].partition("+")[0]
        if self.database_url and scheme not in {"sqlite", "postgresql"}:
            raise ValueError("the database URL must begin with sqlite:/// or postgresql://")
        return self

    @cached_property
    def data_dir(self) -> Path:
        """Return the folder for what belongs beside the database: key file, lock, snapshots."""
        if self.database_url.startswith("sqlite:///"):
            path = self.database_url.removeprefix("sqlite:///").partition("?")[0]
            return Path(path).expanduser().resolve().parent
        return Path(platformdirs.user_data_dir("claude-spend", appauthor=False))

    @cached_property
    def url(self) -> str:
        """Return the SQLAlchemy URL of the ledger."""
        return self.database_url or f"sqlite:///{self.data_dir / 'claude-spend.sqlite3'}"


def load() -> Settings:
    """Return the settings of this process; raises BadValue that names the variable and the fix."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = "_".join(str(part) for part in first["loc"]) or "database_url"
        name = f"CLAUDE_SPEND_{where.upper()}"
        raise BadValue(
            f"{name} cannot be used.",
            str(first["msg"]).removeprefix("Value error, "),
            f"Correct {name} or unset it; the README lists what it may hold.",
        ) from None
