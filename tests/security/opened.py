"""A dashboard on the ledger of somebody at a terminal."""

import pytest
from cli_desk import Desk
from ui_desk import Dashboard

from core.settings import load


def on(desk: Desk, monkeypatch: pytest.MonkeyPatch, **more: str) -> Dashboard:
    """Return a dashboard on a desk's ledger; `more` are further settings."""
    quiet = {"CLAUDE_SPEND_SYNC_EVERY_MINUTES": "0"}
    for name, value in {**desk.environment(), **quiet, **more}.items():
        monkeypatch.setenv(name, value)
    return Dashboard(load())
