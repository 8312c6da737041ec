"""What a database says when it fails, in words that a person can act on."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from core.errors import BadValue, DatabaseUnusable

RESTORE = (
    "Restore the file from a backup, or move it away and sync again: both sources still hold "
    "their history, only restatements seen earlier would be lost."
)

_SERVER = "Check CLAUDE_SPEND_DATABASE_URL, and ask whoever runs the PostgreSQL server."

_KNOWN: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (
        ("password authentication failed", "no pg_hba.conf entry", "no password supplied"),
        "The database server does not let this user in.",
        "The user, the password, or the place where the connection comes from is refused.",
        _SERVER,
    ),
    (
        ("does not exist",),
        "There is no such database or user on the server.",
        "The server answered, and knows no database or user of the name in the address.",
        'Create them (README, "Deploy"), or correct CLAUDE_SPEND_DATABASE_URL.',
    ),
    (
        ("permission denied for",),
        "The database may not be changed by this user.",
        "A PostgreSQL user needs to own the ledger's database, or its schema.",
        "Ask whoever runs the server: ALTER DATABASE ledger OWNER TO user.",
    ),
    (
        ("read-only transaction",),
        "The database server takes no writes.",
        "It is a standby, or was set to be read-only.",
        _SERVER,
    ),
    (
        ("too many clients", "remaining connection slots", "too many connections"),
        "The database server has no connection left.",
        "Its max_connections are all in use.",
        "Try again, stop what is not needed, or raise max_connections.",
    ),
    (
        (
            "server closed the connection",
            "terminating connection",
            "the database system is",
            "connection to server was lost",
            "consuming input failed",
        ),
        "The database server went away.",
        "It was stopped or started anew; what was being written has been rolled back.",
        "Try again when it is back.",
    ),
    (
        ("database is locked", "lock timeout", "busy"),
        "The database is busy.",
        "Another process has been writing to it for longer than this one waits.",
        "Try again when the other process has finished.",
    ),
    (
        ("readonly", "read-only", "permission denied"),
        "The database cannot be written.",
        "Its file or its folder is read-only for this user.",
        "Give this user the right to write, or set CLAUDE_SPEND_DATABASE_URL to another place.",
    ),
    (
        ("disk is full", "no space left", "disk full"),
        "The disk is full.",
        "The database could not grow; what was being written has been rolled back.",
        "Free some space and run the command again.",
    ),
    (
        ("not a database", "malformed", "corrupt", "disk image"),
        "The database is damaged.",
        "The file is not a complete SQLite database.",
        RESTORE,
    ),
    (
        (
            "unable to open",
            "no such file",
            "not a directory",
            "is a directory",
            "connection refused",
            "could not connect",
            "connection failed",
            "connection timeout",
            "could not translate host name",
            "failed to resolve host",
            "name or service not known",
        ),
        "The database cannot be opened.",
        "The file or server is not there, or this user may not open it.",
        "Check CLAUDE_SPEND_DATABASE_URL and the rights on the folder that it names.",
    ),
)


def unusable(error: BaseException) -> DatabaseUnusable:
    """Return the failure of a database driver as DatabaseUnusable; keeps no SQL, no values."""
    said = str(getattr(error, "orig", None) or error).splitlines()[0][:200]
    for signs, title, cause, fix in _KNOWN:
        if any(sign in said.lower() for sign in signs):
            return DatabaseUnusable(title, cause, fix)
    return DatabaseUnusable(
        "The database failed.",
        f"It said: {said}.",
        "Run `claude-spend doctor`; if it finds nothing, try again.",
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn a driver's failures inside the block into DatabaseUnusable.

    Broken constraints and wrong SQL pass: they are the caller's to understand. A right that a
    PostgreSQL user lacks is no wrong SQL. A text with a NUL in it becomes BadValue.
    """
    try:
        yield
    except exc.ProgrammingError as error:
        if "permission denied" in str(error.orig):
            raise unusable(error) from error
        raise
    except exc.DataError as error:
        if "NUL" in str(error.orig):
            raise BadValue(
                "A text cannot be kept.",
                "It holds the character NUL, which no database keeps in a text.",
                "Write it without that character; it may have come along with a copied text.",
            ) from error
        raise
    except exc.IntegrityError:
        raise
    except (exc.DBAPIError, exc.TimeoutError) as error:
        raise unusable(error) from error
