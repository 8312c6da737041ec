"""Secrets to look out for, the forms they may take, and the search for them in all there is."""

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest

ADMIN = "sk-ant-admin01-c4Nw8RyQz1TbXe6VhUjKm2OpLs9dGfA3iBn7YtEq5WoZxCvMkHrJuDlPaSgFy0KtTb1XAA"
ANALYTICS = "sk-ant-api01-Qe7mZtVx2LpKc9RsWbGh4NuYjAoDf6IiTkEl8PzXq1MwSvCr5BnHyJgUd3OaFt0RzAA"
GATEWAY = "gw/Zk3+vT9xQpLm7RwYc2NbHs5DgJf8AeUo1IiKt4="
HOOK_TOKEN = "/services/T0KqX7/B9mZw2/vR4yNcLp8TgJb6HsDfWa1e"
HOOK_SECRET = "hs7Kp2VxRm9QzWtLc4NbYj8DgAeUf1Io"
PASSWORD = "pw9TqXz4LmRv7KcWs2NbHy6D"
METRICS = "mt5WxKq8RzLv3TpNc7YbHs1JgDfAe4Uo"

SECRETS = {
    "admin key": ADMIN,
    "analytics key": ANALYTICS,
    "gateway token": GATEWAY,
    "address of a webhook": HOOK_TOKEN,
    "secret of a webhook": HOOK_SECRET,
    "password of a mailbox": PASSWORD,
    "token of the metrics": METRICS,
}


def forms(secret: str) -> dict[str, bytes]:
    """Return what a secret may look like after somebody wrote it down, by what was done to it."""
    raw = secret.encode()
    middle = len(secret) // 2
    plain = {
        "plain": raw,
        "its middle": secret[middle - 7 : middle + 7].encode(),
        "reversed": raw[::-1],
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "URL": quote(secret, safe="").encode(),
        "URL, whole": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "JSON": json.dumps(secret)[1:-1].replace("/", "\\/").encode(),
        "UTF-16": secret.encode("utf-16-le"),
    }
    return plain | {f"base64 {n}": made for n, made in enumerate(_base64(raw))}


def _base64(raw: bytes) -> Iterator[bytes]:
    """Yield the core of a secret's base64 wherever it stands in what was encoded."""
    for before in range(3):
        made = base64.b64encode(b"\0" * before + raw)[4 if before else 0 : -4]
        yield made
        yield made.replace(b"+", b"-").replace(b"/", b"_")


def found(content: bytes, secrets: dict[str, str] = SECRETS) -> list[str]:
    """Return which secrets stand in some bytes, and in which form."""
    return [
        f"{name} ({form})"
        for name, secret in secrets.items()
        for form, text in forms(secret).items()
        if text in content
    ]


@dataclass
class Traces:
    """A folder, the logs, and whatever else was written; the places that hold a secret."""

    folder: Path
    logs: pytest.LogCaptureFixture
    more: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, content: str | bytes) -> None:
        """Look through this too."""
        told = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
        self.more[name] = self.more.get(name, b"") + told

    def places(self) -> Iterator[tuple[str, bytes]]:
        """Yield all that was written: its name and its bytes, as they are and unpacked."""
        yield "logs", self.logs.text.encode()
        yield from self.more.items()
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(self.folder)), path.read_bytes()
                yield from unpacked(path)

    def leaks(self) -> dict[str, list[str]]:
        """Return what was found, by place; empty where there is no trace of any secret."""
        return {name: hits for name, content in self.places() if (hits := found(content))}


def unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what a compressed file holds."""
    content = path.read_bytes()
    if content.startswith(b"PAR1"):
        yield f"{path.name}, unpacked", pl.read_parquet(path).write_ndjson().encode()
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield f"{path.name}, {name}", packed.read(name)
