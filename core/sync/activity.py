"""What people did with Claude, as counts a day: lines, commits, sessions, messages.

Counts are never money. Claude Code's estimated cost is an estimate at list price that overlaps
the bill, so it is kept as a count of its own (1e-8 cents) and never added to any cost.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from core.anthropic import enterprise, platform
from core.anthropic.payloads import ActivityRow, ClaudeCodeRow
from core.anthropic.statuses import NotFound
from core.anthropic.transport import Client
from core.errors import (
    Finding,
    KeyInvalid,
    PayloadInvalid,
    RequestRefused,
    SpendError,
    TryLater,
)
from core.ledger.activity import SCHEMA, activity_days, replace_activity
from core.ledger.cuts import Kind
from core.money import UNITS_PER_CENT
from core.sync.plan import DAY, activity_is_due, history
from core.sync.work import Work, tell

Count = tuple[date, str, str, str, str, int]
"""(day, actor, surface, detail, metric, value)"""

CODE = "claude_code"

NOT_READY = 5
"""So many of the newest days may be refused because they are not ready yet."""


_MOST = 2**60

BATCH = 14
"""Days of activity that are kept in one transaction."""


def read(work: Work) -> None:
    """Read the days of activity that are due, newest first; a refusal ends it with a finding."""
    days = _due(work)
    work.tracker.plan(len(days))
    kept: dict[date, list[Count]] = {}
    try:
        for position, day in enumerate(days):
            work.tracker.update(doing=f"activity {day}")
            try:
                kept[day] = _counted(_READERS[work.connection.kind](work.client, day), day)
            except RequestRefused as refused:
                if position >= NOT_READY:
                    _stop(work, refused, len(days) - position)
                    return
                work.tracker.plan(-1)
            if len(kept) == BATCH:
                _keep(work, kept)
    except KeyInvalid:
        raise
    except SpendError as error:
        work.report.incomplete |= isinstance(error, TryLater)
        _stop(work, error, len(days) - position)
    finally:
        _keep(work, kept)


def _keep(work: Work, kept: dict[date, list[Count]]) -> None:
    """Write the days read so far, and empty the collection."""
    if not kept:
        return
    rows = [row for day in kept.values() for row in day]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    replace_activity(work.engine, work.connection.id, kept, frame, fetched_at=work.clock())
    work.tracker.add(done=len(kept), rows=len(rows))
    kept.clear()
    tell(work)


def _due(work: Work) -> list[date]:
    floor = work.floor or work.connection.history_floor
    span = history(work.connection.kind, work.today, floor)
    fetched = activity_days(work.engine, work.connection.id)
    last = work.today if work.connection.kind == "platform" else work.today - DAY
    seen = {day: moment.date() for day, moment in fetched.items()}
    due = [d for d in span if d <= last and activity_is_due(d, seen.get(d))]
    return sorted(due, reverse=True)


def _stop(work: Work, error: SpendError, left: int) -> None:
    work.tracker.plan(-left)
    passing = isinstance(error, TryLater)
    missing = isinstance(error, NotFound) or error.http_status in {400, 403}
    work.report.note(
        Finding(
            "activity_not_answered",
            "warning" if passing or not missing else "info",
            f"Activity could not be read for {left} day(s).",
            error.cause or error.title,
            "Costs and tokens are complete. "
            + ("The next sync goes on." if passing else "This key does not answer for activity."),
            error.http_status,
            error.request_id,
        )
    )


def _counted(counts: Iterator[Count], day: date) -> list[Count]:
    """Return a day's counts; raises PayloadInvalid where they are none.

    The blocks of these answers differ from version to version, so they are read without a type.
    """
    try:
        found = list(counts)
    except (TypeError, ValueError, AttributeError, ArithmeticError) as odd:
        why = type(odd).__name__
    else:
        why = "a number that no count can be" if any(abs(n) > _MOST for *_, n in found) else ""
    if not why:
        return found
    raise PayloadInvalid(
        "Anthropic's activity has a form that claude-spend does not know.",
        f"The answer for {day} cannot be counted ({why}).",
        "Costs and tokens are complete. Update claude-spend; if it stays, please report it.",
    )


def code_counts(row: ClaudeCodeRow) -> Iterator[Count]:
    """Yield the counts of one Claude Code row of the Admin API."""
    day = date.fromisoformat(row.date[:10])
    actor = row.actor.email_address or row.actor.api_key_name or ""
    metrics = row.core_metrics
    counts = {
        "sessions": metrics.num_sessions,
        "lines_added": metrics.lines_of_code.added,
        "lines_removed": metrics.lines_of_code.removed,
        "commits": metrics.commits_by_claude_code,
        "pull_requests": metrics.pull_requests_by_claude_code,
        "accepted": sum(tool.accepted for tool in row.tool_actions.values()),
        "rejected": sum(tool.rejected for tool in row.tool_actions.values()),
    }
    for model in row.model_breakdown:
        if model.estimated_cost is not None:
            units = int(model.estimated_cost.amount * UNITS_PER_CENT)
            counts["estimated_cost"] = counts.get("estimated_cost", 0) + units
    detail = row.customer_type or ""
    return ((day, actor, CODE, detail, name, n) for name, n in counts.items() if n)


def user_counts(day: date, row: ActivityRow) -> Iterator[Count]:
    """Yield the counts of one user's row of the Enterprise Analytics API."""
    if row.user is None:
        return
    blocks: dict[str, Mapping[str, Any] | None] = {
        "chat": row.chat_metrics,
        "cowork": row.cowork_metrics,
        "claude_design": row.design_metrics,
        "science": row.science_metrics,
        "claude_tag": row.claude_tag_metrics,
    }
    for surface, block in blocks.items():
        for metric, value in (block or {}).items():
            if isinstance(value, int) and value:
                yield day, row.user.id, surface, "", metric, value
    for app, block in (row.office_metrics or {}).items():
        for metric, value in (block or {}).items():
            if isinstance(value, int) and value:
                yield day, row.user.id, "office_agent", app, metric, value
    yield from _user_code(day, row.user.id, row.claude_code_metrics or {})
    if row.web_search_count:
        yield day, row.user.id, "chat", "", "web_search_count", row.web_search_count


def _user_code(day: date, user: str, block: Mapping[str, Any]) -> Iterator[Count]:
    core = block.get("core_metrics") or {}
    lines = core.get("lines_of_code") or {}
    tools = [tool or {} for tool in (block.get("tool_actions") or {}).values()]
    counts = {
        "sessions": core.get("distinct_session_count"),
        "lines_added": lines.get("added_count"),
        "lines_removed": lines.get("removed_count"),
        "commits": core.get("commit_count"),
        "pull_requests": core.get("pull_request_count"),
        "accepted": sum(tool.get("accepted_count") or 0 for tool in tools),
        "rejected": sum(tool.get("rejected_count") or 0 for tool in tools),
    }
    return ((day, user, CODE, "", name, int(n)) for name, n in counts.items() if n)


def _of_platform(client: Client, day: date) -> Iterator[Count]:
    for page in platform.claude_code(client, day):
        for row in page.data:
            yield from code_counts(row)


def _of_enterprise(client: Client, day: date) -> Iterator[Count]:
    for page in enterprise.users(client, day):
        for row in page.data:
            yield from user_counts(day, row)


_READERS: dict[Kind, Callable[[Client, date], Iterator[Count]]] = {
    "platform": _of_platform,
    "enterprise": _of_enterprise,
}
