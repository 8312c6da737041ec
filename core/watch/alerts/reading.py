"""Conditions of the reading itself: keys, syncs, and how old the figures are."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.analysis.freshness import STALE, Freshness, freshness
from core.calendar import parse_moment
from core.connections.result import TRANSIENT
from core.connections.store import ConnectionInfo
from core.ledger.names import NameRow, read_names
from core.ledger.runs import LastSync, ended
from core.watch.alerts.alert import Alert
from core.watch.alerts.scene import Scene

EXPIRES_SOON = timedelta(days=14)
"""How long before a key expires somebody should make a new one."""

SOURCE_STALE = timedelta(hours=24)
"""Anthropic's data is typically at most four hours behind."""


def key_refused(scene: Scene) -> Iterator[Alert]:
    """Yield an alert for each connection whose key Anthropic refuses."""
    for connection in scene.connections:
        if connection.state == "failing":
            said = [f.as_dict() for f in connection.findings if f.severity == "error"]
            yield Alert(
                "key_refused", f"key_refused/{connection.id}",
                f"Anthropic refuses the key of {connection.name}.",
                _words(said) or "Its last check failed. Rotate the key on Connections.",
                "connections",
            )  # fmt: skip


def sync_failing(scene: Scene) -> Iterator[Alert]:
    """Yield an alert for each connection whose sync fails; where its key is refused, that is told.

    What passes by itself (network, rate limit, a stopped process) is told when it happens twice.
    """
    for connection in scene.connections:
        last = ended(scene.engine, connection.id, 2)
        if connection.state != "failing" and _fails(last):
            yield Alert(
                "sync_failing", f"sync_failing/{connection.id}",
                f"The sync of {connection.name} "
                + ("fails." if last[0].outcome == "failed" else "cannot read everything."),
                _words(_errors(last[0])) or "It was stopped before it was done. What was there "
                "before is intact; the next sync goes on.",
                "connections",
            )  # fmt: skip


def _fails(last: Sequence[LastSync]) -> bool:
    if not last or last[0].outcome == "complete":
        return False
    passes = {finding["code"] for finding in _errors(last[0])} <= TRANSIENT
    return not passes or (len(last) > 1 and last[1].outcome != "complete")


def _errors(last: LastSync) -> list[dict[str, Any]]:
    return [finding for finding in last.findings if finding["severity"] == "error"]


def _words(findings: Sequence[dict[str, Any]]) -> str:
    """Return the first finding in words, and how many more there are."""
    if not findings:
        return ""
    said = " ".join(str(findings[0][part]) for part in ("title", "cause", "fix")
                    if findings[0].get(part))  # fmt: skip
    more = len(findings) - 1
    return f"{said} ({more} more of it on Connections.)" if more else said


def stale(scene: Scene) -> Iterator[Alert]:
    """Yield an alert for each connection whose figures are old: by our doing, or by Anthropic's."""
    for row, fresh in zip(
        scene.book.connections, freshness(scene.book, scene.moment), strict=True
    ):  # fmt: skip
        if fresh.state == "disconnected":
            continue
        begun = fresh.fetched_at or row.created_at or scene.moment
        if fresh.stale and scene.moment - begun > STALE:
            yield _not_synced(row.id, fresh, begun, scene.moment)
        elif fresh.data_refreshed_at and scene.moment - fresh.data_refreshed_at > SOURCE_STALE:
            yield Alert(
                "stale", f"stale/{row.id}/source",
                f"Anthropic's own data for {fresh.connection} is old.",
                f"It was last refreshed at {fresh.data_refreshed_at:%Y-%m-%d %H:%M} UTC, more than "
                f"{_hours(SOURCE_STALE)} hours ago; newer costs are not in it yet. The next sync "
                "asks again; look at status.claude.com if it stays.",
                "connections",
            )  # fmt: skip


def _not_synced(number: int, fresh: Freshness, begun: datetime, moment: datetime) -> Alert:
    never = fresh.fetched_at is None
    what = "Nothing was read since it was connected" if never else "It was last read"
    return Alert(
        "stale", f"stale/{number}",
        f"{fresh.connection} has {'never been' if never else 'not been'} synced"
        f"{'' if never else f' for {_hours(moment - begun)} hours'}.",
        f"{what} at {begun:%Y-%m-%d %H:%M} UTC. Figures lack what Anthropic has reported since. "
        "Look at its last sync on Connections, and whether `claude-spend sync` is still scheduled.",
        "connections",
    )  # fmt: skip


def _hours(length: timedelta) -> int:
    return int(length.total_seconds() // 3600)


def key_expiring(scene: Scene) -> Iterator[Alert]:
    """Yield an alert for each connection whose key expires soon, where Anthropic's list says so."""
    names = read_names(scene.engine)
    for connection in scene.connections:
        keys = [row for (number, kind, _), row in names.items()
                if (number, kind) == (connection.id, "api_key")]  # fmt: skip
        expires = expiry(connection, keys)
        if expires is not None and expires - scene.moment <= EXPIRES_SOON:
            yield Alert(
                "key_expiring", f"key_expiring/{connection.id}/{expires.isoformat()}",
                f"The key of {connection.name} expires on {expires:%Y-%m-%d}.",
                f"At {expires:%Y-%m-%d %H:%M} UTC Anthropic stops to accept it, and syncs fail "
                "from then on. Make a new key of the same kind, and put it in the place of this "
                "one with Rotate key on Connections, or `claude-spend rotate`.",
                "connections",
            )  # fmt: skip


def expiry(connection: ConnectionInfo, keys: Sequence[NameRow]) -> datetime | None:
    """Return when a connection's key expires; None where its organization's list does not say.

    The list has hints only: the one active key whose hint begins and ends as ours is ours.
    """
    begins, _, ends = connection.key_hint.partition("…")
    mine = [
        row
        for row in keys
        if ends and row.state == "active" and (hint := row.details.get("hint") or "")
        and hint.startswith(begins) and hint.endswith(ends)
    ]  # fmt: skip
    told = mine[0].details.get("expires") if len(mine) == 1 else None
    return parse_moment(told) if told else None
