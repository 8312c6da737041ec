from pathlib import Path
from shutil import copyfile

import pytest
from scripted_api import api

from core.ledger.engine import connect
from core.settings import Settings

__all__ = ["api", "migrated"]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """Put an empty ledger of the present schema where the settings want theirs; servers have it."""
    empty = tmp_path_factory.mktemp("empty") / "ledger.sqlite3"
    connect(Settings(database_url=f"sqlite:///{empty}")).dispose()

    def put(settings):
        if settings.url.startswith("sqlite"):
            copyfile(empty, Path(settings.url.removeprefix("sqlite:///")))
        return settings

    return put
