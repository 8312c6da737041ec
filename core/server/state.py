"""What the server's own answers work with: the settings and one engine on the real ledger."""

from functools import cache

from sqlalchemy import Engine

from core import logs
from core import settings as configuration
from core.ledger import engine as ledger
from core.settings import Settings


@cache
def settings() -> Settings:
    """Return this process's settings; raises BadValue, and tries again the next time.

    From then on its logs hold no key, also before the first page was asked for.
    """
    found = configuration.load()
    logs.configure(found.log, found.log_format)
    return found


@cache
def engine() -> Engine:
    """Return the server's engine; raises DatabaseUnusable, and tries again the next time."""
    return ledger.connect(settings())
