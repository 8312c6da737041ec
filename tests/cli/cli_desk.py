"""Somebody at a terminal, who runs commands on a ledger of their own."""

import contextlib
import io
import json
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from databases import Ledgers

from core import demo
from core.cli.app import run


@dataclass
class Said:
    """How one command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def doc(self) -> dict[str, Any]:
        """Return the JSON document, which must be all that standard output holds."""
        return json.loads(self.out)

    @property
    def code(self) -> str:
        """Return the error's code."""
        return self.doc["error"]["code"]


@dataclass
class Desk:
    """Somebody at a terminal: runs commands on one ledger."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    first: Said | None = None
    """What the first sync said."""
    ledgers: Ledgers = field(default_factory=lambda: Ledgers(None))
    """What makes the ledger, where it does not lie in the folder."""

    @property
    def database(self) -> Path:
        """Return where the ledger lies."""
        return self.folder / "spend.sqlite3"

    @property
    def url(self) -> str:
        """Return the ledger's address."""
        return self.ledgers.url(self.database)

    def environment(self) -> dict[str, str]:
        """Return the environment of this desk's commands."""
        return {
            "CLAUDE_SPEND_DATABASE_URL": self.url,
            "CLAUDE_SPEND_DEMO": "0",
            **self.ledgers.environment,
            **self.variables,
        }

    def run(self, *words: str, stdin: str = "", **variables: str) -> Said:
        """Run one command in this process."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            for name in ("ANTHROPIC_ADMIN_KEY", "ANTHROPIC_ANALYTICS_KEY"):
                patch.delenv(name, raising=False)
            for name, value in {**self.environment(), **variables}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = run(words)
        return Said(status, out.getvalue(), err.getvalue())

    def json(self, *words: str, stdin: str = "", **variables: str) -> Said:
        """Run one command with `--json`."""
        return self.run(*words, "--json", stdin=stdin, **variables)

    def copy(self, folder: Path) -> "Desk":
        """Return a desk on a copy of this ledger."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        made = Desk(folder, dict(self.variables), ledgers=self.ledgers)
        self.ledgers.copy(self.database, made.database)
        return made


def connect_both(desk: Desk, company: demo.Organisation) -> tuple[Said, Said]:
    """Connect the company's two sides, as `console` and `seats`."""
    return (
        desk.json(
            "connect", "platform", "console", "--organization-id", company.platform_id,
            ANTHROPIC_ADMIN_KEY=demo.PLATFORM_KEY,
        ),
        desk.json("connect", "enterprise", "seats", stdin=f"{demo.ANALYTICS_KEY}\n"),
    )  # fmt: skip
