"""Looks up every locked package in Python's advisory database; says so where it could not.

Exit status: 0 where nothing is known, 1 where something is. Where the database does not answer,
nothing was audited: that is said aloud, and is 1 with CLAUDE_SPEND_REQUIRE_AUDIT=1, else 0.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROBE = "jinja2==2.4.1\n"
"""Known to be vulnerable since 2014: whoever knows nothing of it knows nothing."""

_BIN = Path(sys.executable).parent
_AUDIT = ("--disable-pip", "--no-deps", "--progress-spinner=off", "--format=json")
# Not --strict: it stops at the first package that nobody knows. Here all are named, and it fails.
_PATIENCE = 600

Ask = Callable[[str], subprocess.CompletedProcess[str]]


class NotAudited(Exception):
    """The database, or what asks it, did not answer."""


def main(locked: Callable[[], str], ask: Ask, required: bool) -> int:
    """Audit the locked packages, say how that ended, and return the exit status."""
    try:
        _probe(ask)
        wanted = locked()
        return _told(_answer(ask(wanted)), wanted)
    except NotAudited as error:
        _say("NOT AUDITED: no locked package was looked up in the advisory database.")
        _say(f"  Why: {error}")
        _say("  Run `make audit` where pypi.org can be reached.")
        return int(required)


def _probe(ask: Ask) -> None:
    if not _vulnerable(_answer(ask(PROBE))):
        raise NotAudited("It knows nothing of a release that is known to be vulnerable.")


def locked() -> str:
    """Return the packages of uv.lock for this platform, one a line; raises NotAudited."""
    uv = shutil.which("uv") or str(_BIN / "uv")
    words = ("export", "--frozen", "--all-groups", "--no-emit-project", "--no-hashes", "--quiet")
    ended = _run((uv, *words))
    if ended.returncode or not _names(ended.stdout):
        raise NotAudited(f"uv does not say what is locked. {ended.stderr.strip()}")
    return ended.stdout


def pip_audit(requirements: str) -> subprocess.CompletedProcess[str]:
    """Ask pip-audit about some packages; raises NotAudited where it cannot be run."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(requirements, encoding="utf-8")
        return _run((str(_BIN / "pip-audit"), *_AUDIT, "--requirement", str(file)))


def _run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 (the words are this file's own)
            words, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAudited(f"{Path(words[0]).name}: {error}") from error


def _answer(ended: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return what was said of each package; raises NotAudited where nothing was said."""
    try:
        found: list[dict[str, Any]] = json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        lines = ended.stderr.strip().splitlines() or ["It said nothing."]
        raise NotAudited(lines[-1]) from None
    return found


def _told(found: list[dict[str, Any]], wanted: str) -> int:
    missing = _names(wanted) - {canonicalize_name(one["name"]) for one in found}
    if missing:
        raise NotAudited(f"It did not speak of {len(missing)} packages, {min(missing)} among them.")
    bad = _vulnerable(found)
    for one in bad:
        for known in one["vulns"]:
            mended = ", ".join(known["fix_versions"]) or "no release yet"
            _say(f"{one['name']} {one['version']}: {known['id']}, mended in {mended}")
    unknown = [one for one in found if "skip_reason" in one]
    for one in unknown:
        _say(f"{one['name']}: {one['skip_reason']}")
    _say(f"{len(found)} locked packages audited, {len(bad)} vulnerable, {len(unknown)} unknown.")
    return int(bool(bad or unknown))


def _names(requirements: str) -> set[str]:
    """Return the packages of these lines that this platform wants."""
    lines = [line for line in requirements.splitlines() if line[:1].isalnum()]
    every = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name) for r in every if r.marker is None or r.marker.evaluate()}


def _vulnerable(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in found if one.get("vulns")]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(locked, pip_audit, os.environ.get("CLAUDE_SPEND_REQUIRE_AUDIT") == "1"))
