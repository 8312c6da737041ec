"""A real OpenID Connect provider, a library's, as a process of its own on this machine."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from stage import free_port

PEOPLE: dict[str, dict[str, object]] = {
    "ada": {"email": "ada@example.com", "email_verified": True, "groups": ["finops-admins"]},
    "anna": {"email": "anna@finance.example.com", "email_verified": True},
    "vera": {"email": "vera@example.com", "email_verified": True},
    "eve": {"email": "eve@elsewhere.com", "email_verified": True},
    "mallory": {"email": "ada@example.com", "email_verified": False},
}
"""Who can sign in there; nobody has a password."""

ROLES = {
    "CLAUDE_SPEND_ADMINS": "finops-admins",
    "CLAUDE_SPEND_ANALYSTS": "@finance.example.com",
    "CLAUDE_SPEND_VIEWERS": "@example.com",
}


@contextmanager
def provider(folder: Path, seconds: int = 3600) -> Iterator[Path]:
    """Run a provider whose tokens last some seconds; yield the secrets that lead to it."""
    port = free_port()
    people = [json.dumps({"sub": sub, **claims}) for sub, claims in PEOPLE.items()]
    words = [sys.executable, "-m", "oidc_provider_mock", "--host=localhost", f"--port={port}"]
    words += [f"--token-max-age={seconds}", *(f"--user-claims={person}" for person in people)]
    url = f"http://localhost:{port}/.well-known/openid-configuration"
    with (
        (folder / "provider.log").open("wb") as log,
        subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            _await(url, process)
            yield _secrets(folder / "secrets.toml", url)
        finally:
            process.terminate()


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(url, timeout=1):
                return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.05)
    raise RuntimeError("The provider did not start.")


def _secrets(path: Path, url: str) -> Path:
    path.write_text(
        "[auth]\n"
        'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
        'cookie_secret = "a long and random text of this test"\n'
        'client_id = "claude-spend"\n'
        'client_secret = "of the client"\n'
        f'server_metadata_url = "{url}"\n',
        encoding="utf-8",
    )
    return path
