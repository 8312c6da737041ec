"""The doctor's checks: each looks at one thing and says whether a person has to do something."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import calendar
from core.calendar import Span
from core.errors import Severity, SpendError

if TYPE_CHECKING:
    import polars as pl

    from core.cli.ledger import Ledger
    from core.connections.store import ConnectionInfo
    from core.connections.vault import Vault
    from core.ledger.runs import LastSync

TIGHT = 1 << 30
FULL = 200 << 20
"""Free bytes below which the disk is worth a warning, and below which a sync may fail."""

_LISTED = 3


@dataclass(frozen=True, slots=True)
class Check:
    """What one look found; only the severity `error` means that a person has to do something."""

    name: str
    severity: Severity
    detail: str
    fix: str = ""
    code: str = ""
    cause: str = ""

    @property
    def ok(self) -> bool:
        """Say whether nobody has to do anything."""
        return self.severity != "error"

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of the check."""
        shown = asdict(self)
        code = shown.pop("code")
        return {**shown, "ok": self.ok, **({"code": code} if code else {})}


def failed(name: str, error: SpendError) -> Check:
    """Return the check that a failure amounts to."""
    return Check(name, "error", error.title, error.fix, error.code, error.cause)


def guarded(name: str, look: Callable[[], list[Check]]) -> list[Check]:
    """Return what a look found; a failure becomes a finding, and the other looks go on."""
    try:
        return look()
    except SpendError as error:
        return [failed(name, error)]


def database(here: "Ledger") -> list[Check]:
    """Check the database's structure page by page, and which version its schema has."""
    from sqlalchemy import text

    from core.ledger import postgres
    from core.ledger.engine import reading, verify

    verify(here.engine)
    with reading(here.engine) as session:
        version = session.connection().execute(text("SELECT version_num FROM alembic_version"))
        number = version.scalar_one()
    kept = here.engine.url.render_as_string(hide_password=True)
    # A server checks its pages as it reads them; nobody but its administrator sees its files.
    sound = "answers" if postgres.is_server(here.engine) else "opens and is undamaged"
    return [
        Check("database", "info", f"{kept} {sound}."),
        Check("schema", "info", f"The schema has version {number}, which this program writes."),
    ]


def secret_key(here: "Ledger") -> list[Check]:
    """Check that there is a secret key and that it opens every stored API key; makes none."""
    from core.connections import keyfile, store
    from core.connections.vault import Vault

    keyed = [c for c in store.all_connections(here.engine) if c.key_hint]
    none = [Check("secret_key", "info", "No API key is stored.")]
    if keyfile.is_missing(here.settings):
        return [_missing_file(keyfile.key_path(here.settings), len(keyed))] if keyed else none
    vault = Vault(here.settings)
    if not keyed:
        return none
    found: list[Check] = []
    for connection in keyed:
        try:
            store.get_key(here.engine, vault, connection.name)
        except SpendError as error:
            shut = failed("secret_key", error)
            found.append(replace(shut, detail=f"{connection.name}: {shut.detail}"))
    if not found and (vault.spare or not vault.opens_all(here.engine)):
        return [_changed_secret(vault, vault.opens_all(here.engine))]
    opened = f"{vault.source} opens all {len(keyed)} stored API keys."
    return found or [Check("secret_key", "info", opened)]


def _missing_file(path: Path, keys: int) -> Check:
    return Check(
        "secret_key", "error",
        f"The secret key file {path} is missing.",
        "Put it back from a backup before anything else opens the ledger: a new one would be made, "
        "which opens none of them. If there is no backup, enter the API keys again with "
        "`claude-spend rotate NAME`.",
        "secret_key_unusable",
        f"It encrypts the {keys} stored API keys, and CLAUDE_SPEND_SECRET_KEY is not set. The "
        "figures are not encrypted with it.",
    )  # fmt: skip


def _changed_secret(vault: "Vault", current: bool) -> Check:
    """Return the warning that another secret than before protects the keys, or soon will."""
    if not current:
        return Check(
            "secret_key", "warning",
            f"Stored API keys are encrypted with another secret than the first of {vault.source}.",
            "Keep that secret set wherever this ledger is opened: the next sync or check encrypts "
            "the keys with it, and without it they cannot be read then.",
            "secret_key_changed",
            "The secret was set or changed after the keys were entered. Nothing is lost: the "
            "former secret opens them still.",
        )  # fmt: skip
    return Check(
        "secret_key", "warning",
        f"{vault.source} protects the stored API keys; the key file {vault.spare} does not.",
        f"Keep {vault.source} set wherever this ledger is opened, cron included; then delete the "
        "file. To go back to the file, put its key first in the variable once.",
        "secret_key_changed",
        "The variable was set on a ledger that had a key file, and its secret goes first.",
    )  # fmt: skip


def disk(here: "Ledger") -> list[Check]:
    """Check that there is room beside the database."""
    folder = here.settings.data_dir
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    detail = f"{free / (1 << 30):,.1f} GiB are free in {folder}."
    cause = "What the ledger keeps on this machine, snapshots among it, shares this room."
    if free < FULL:
        return [Check("disk", "error", detail, "Make room: a sync may fail.", "disk_full", cause)]
    if free < TIGHT:
        return [
            Check("disk", "warning", detail, "Make room before a large sync.", "disk_tight", cause)
        ]
    return [Check("disk", "info", detail)]


def syncs(here: "Ledger") -> list[Check]:
    """Check each connection's state and how its last sync ended."""
    from core.connections.store import all_connections

    known = [c for c in all_connections(here.engine) if c.state != "disconnected"]
    if not known:
        fix = "Connect Anthropic with `claude-spend connect platform` or `enterprise`."
        cause = "No key has been entered yet, or all connections were disconnected."
        return [Check("syncs", "warning", "Nothing is connected.", fix, "no_connections", cause)]
    return [check for connection in known for check in _synced(here, connection)]


def _synced(here: "Ledger", connection: "ConnectionInfo") -> Iterator[Check]:
    from core.ledger import runs

    name, last = connection.name, runs.latest(here.engine, connection.id)
    again = "Run `claude-spend sync`, best from cron."
    if connection.state == "failing":
        fix = f"Run `claude-spend check {name!r}`: it says what to do."
        said = next((f.title for f in connection.findings if f.severity == "error"), "")
        cause = said or "Its last check or sync was refused."
        title = f"{name}: Anthropic refuses the key."
        yield Check("syncs", "error", title, fix, "key_refused", cause)
    if last is None:
        cause = "It was connected, and no sync has run since."
        yield Check("syncs", "warning", f"{name}: never synced.", again, "never_synced", cause)
        return
    detail = f"{name}: the last sync was {last.outcome}, {calendar.zulu(last.at)}."
    if last.outcome == "failed":
        yield Check("syncs", "error", detail, again, "sync_failed", _said(last))
    elif last.outcome != "complete":
        yield Check("syncs", "warning", detail, again, "sync_partial", _said(last))
    elif calendar.now() - last.at > timedelta(days=1):
        cause = "That is more than a day ago: newer figures and revisions are not in the ledger."
        yield Check("syncs", "warning", detail, again, "sync_old", cause)
    else:
        yield Check("syncs", "info", detail)


def _said(last: "LastSync") -> str:
    """Return what the last sync itself says went wrong."""
    found = [f for f in last.findings if f["severity"] != "info"]
    return str(found[0]["title"]) if found else "It was stopped before it was done."


def coverage(here: "Ledger") -> list[Check]:
    """Check, by source, which days of its history are missing."""
    from core.analysis.coverage import coverage as days_known
    from core.ledger import snapshot

    book = snapshot.book(here.engine, here.settings)
    first = book.days["day"].min()
    today = datetime.now(UTC).date()
    if not isinstance(first, date) or first >= today:
        return [Check("coverage", "info", "The ledger holds no days yet.")]
    frame = days_known(book, Span(first, today), moment=calendar.now())
    groups = frame.partition_by("connection", "family", as_dict=True, maintain_order=True)
    return [_covered(f"{name}, {family}", days) for (name, family), days in groups.items()]


def _covered(what: str, days: "pl.DataFrame") -> Check:
    import polars as pl

    missing = days.filter(pl.col("state") == "missing")["day"].to_list()
    known = days.filter(pl.col("fetched_at").is_not_null())["day"].sort().to_list()
    if not missing:
        reach = f"{known[0]} to {known[-1]}" if known else "no days"
        return Check("coverage", "info", f"{what}: {reach}, without gaps.")
    some = ", ".join(map(str, missing[:_LISTED])) + (", …" if len(missing) > _LISTED else "")
    detail = f"{what}: {len(missing)} days are missing ({some})."
    fix = "Run `claude-spend sync`; with --full it reads the whole history again."
    cause = "Anthropic did not answer for them, or no sync has read them yet."
    return Check("coverage", "warning", detail, fix, "days_missing", cause)
