"""`analytics/users` and `analytics/summaries`: who was active, day by day or over a range."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from core.calendar import ENTERPRISE_FLOOR, Span, midnight, zulu
from core.demo.api.call import Call, encode, page
from core.demo.api.metrics import Block, blocks
from core.demo.api.refusals import bad
from core.demo.api.teams import by_group, in_groups
from core.demo.organisation import Organisation
from core.demo.seats import SECURITY_ACTOR
from core.demo.shape import WEB_SEARCHES

_MOST_DAYS = 366
_FAMILIES = {
    "": None,
    "cowork_": ("cowork",),
    "chat_": ("chat",),
    "claude_code_": ("claude_code",),
    "claude_design_": ("claude_design",),
    "office_agent_": ("office_agent",),
    "chat_cowork_unified_": ("chat_cowork_unified",),
    "claude_tag_": ("claude_tag",),
}
_PERIODS = (("daily", 1), ("weekly", 7), ("monthly", 30))
_PENDING_INVITES = 4


def _latest(call: Call) -> date:
    """Return the newest day with activity: yesterday."""
    return call.organisation.today - timedelta(days=1)


def _check_day(call: Call, day: date, name: str) -> date:
    if day < ENTERPRISE_FLOOR:
        raise bad(f"{name} must be no earlier than 2026-01-01.")
    if day > _latest(call):
        raise bad(
            f"Data is not available for {day} yet. The latest available day is {_latest(call)}."
        )
    return day


def _range(call: Call, start: date) -> Span:
    """Return the days of a range request; its end is today by default and at the latest."""
    today = call.organisation.today
    end = call.query.day("ending_date") or today
    if end > today:
        raise bad(f"ending_date must be at most {today}.")
    if end <= start:
        raise bad("ending_date must be after starting_date.")
    if (end - start).days > _MOST_DAYS:
        raise bad("The range may span at most 366 days.")
    return Span(_check_day(call, start, "starting_date"), end)


def _span(call: Call) -> Span:
    day, start = call.query.day("date"), call.query.day("starting_date")
    if (day is None) == (start is None):
        raise bad("Use either date or starting_date, not both.")
    if start is not None:
        return _range(call, start)
    if call.query.one("ending_date"):
        raise bad("ending_date is only valid with starting_date.")
    known = _check_day(call, day or _latest(call), "date")
    return Span(known, known + timedelta(days=1))


def _filters(call: Call, allowed: Sequence[str]) -> list[pl.Expr]:
    """Return the conditions of `filter[]=dimension:value`: OR within a dimension, AND across."""
    values: dict[str, list[str]] = {}
    for entry in call.query.many("filter"):
        dimension, _, value = entry.partition(":")
        if dimension not in allowed or not value:
            raise bad(f"filter[]: {dimension!r} is not supported. Use {', '.join(allowed)}.")
        values.setdefault(dimension, []).append(value)
    made = in_groups(call.organisation, values.get("rbac_group_id", []))
    if "user_id" in values:
        made.append(pl.col("actor").is_in(values["user_id"]).fill_null(value=False))
    return [*made, pl.lit(value=False)] if "project_id" in values else made


def _people(organisation: Organisation, span: Span) -> pl.DataFrame:
    """Return the seats' facts of people (no system account) in a span of days."""
    return organisation.facts.filter(
        pl.col("side") == "enterprise",
        pl.col("actor_type") == "user_actor",
        pl.col("actor") != SECURITY_ACTOR,
        pl.col("day").is_between(span.start, span.end, closed="left"),
    )


def _daily(facts: pl.DataFrame, key: str) -> Iterator[tuple[str, str, date, dict[str, int]]]:
    """Return for every group (by `key`), user and day: their requests by product."""
    named = facts.filter(pl.col(key).is_not_null()).with_columns(pl.col(key).alias("name"))
    keys = ("name", "actor", "day", "product")
    rows = named.group_by(keys).agg(pl.col("requests").sum()).sort(keys, nulls_last=True)
    for (name, actor, day), parts in itertools.groupby(rows.iter_rows(), key=lambda row: row[:3]):
        yield name, actor, day, {row[3]: row[4] for row in parts if row[3] is not None}


def _add(total: Block, more: Block) -> Block:
    """Return the sum of two blocks of counts, of the same form, number by number."""
    return {
        name: value + more[name] if isinstance(value, int) else _add(value, more[name])
        for name, value in total.items()
    }


def _rollup(call: Call, facts: pl.DataFrame, key: str) -> dict[str, Block]:
    """Return every group's metrics, summed over its users and days."""
    people = {person.id: person for person in call.organisation.people}
    found: dict[str, Block] = {}
    for name, actor, day, requests in _daily(facts, key):
        block = blocks(requests, people[actor].index + day.toordinal())
        found[name] = _add(found[name], block) if name in found else block
    return found


def _edges(facts: pl.DataFrame, key: str) -> dict[str, tuple[date, int, int]]:
    """Return every group's last day, web searches and distinct users."""
    found = facts.group_by(key).agg(
        pl.col("day").max(), pl.col(WEB_SEARCHES).sum(), pl.col("actor").n_unique().alias("users")
    )
    return {row[0]: row[1:] for row in found.iter_rows()}


def _user_rows(call: Call, span: Span) -> list[dict[str, object]]:
    people = {person.id: person for person in call.organisation.people}
    facts = _people(call.organisation, span).filter(
        *_filters(call, ("project_id", "rbac_group_id", "user_id")), pl.lit(value=True)
    )
    edges = _edges(facts, "actor")
    rows = _rollup(call, facts, "actor")
    return [
        {
            "user": {"id": name, "email_address": people[name].email, "type": "user"},
            "distinct_user_count": None,
            "web_search_count": edges[name][1],
            "last_activity_date": str(edges[name][0]),
            **rows[name],
        }
        for name in sorted(rows, key=lambda name: people[name].email)
    ]


def _group_rows(call: Call, span: Span) -> list[dict[str, object]]:
    organisation = call.organisation
    names = {group.id: group.name for group in organisation.groups}
    facts = by_group(organisation, _people(organisation, span)).filter(
        *_filters(call, ("rbac_group_id", "user_id")), pl.col("rbac_group_id").is_not_null()
    )
    edges = _edges(facts, "rbac_group_id")
    return [
        {
            "user": None,
            "rbac_group_id": name,
            "rbac_group_name": names[name],
            "distinct_user_count": edges[name][2],
            "web_search_count": edges[name][1],
            "last_activity_date": str(edges[name][0]),
            **block,
        }
        for name, block in _rollup(call, facts, "rbac_group_id").items()
    ]


def users(call: Call) -> bytes:
    """Answer `GET /v1/organizations/analytics/users`: one row per active user, or per group."""
    query = call.query
    span = _span(call)
    limit = query.number("limit", 100, 1000)
    by = query.choices("group_by", ("rbac_group_id",))
    rows = call.remember(lambda: (_group_rows if by else _user_rows)(call, span))
    offset = call.offset()
    following = call.next_page(offset + limit, len(rows))
    return page(encode(rows[offset : offset + limit]), call, following, has_more=False)


def _active(facts: pl.DataFrame, days: int) -> dict[date, int]:
    """Return the distinct users of the last `days` days, for every day that has any."""
    seen = facts.select("day", "actor").unique()
    rolled = seen.with_columns(
        pl.date_ranges("day", pl.col("day") + pl.duration(days=days - 1)).alias("day")
    ).explode("day")
    return dict(rolled.group_by("day").agg(pl.col("actor").n_unique()).iter_rows())


def _summaries(call: Call, span: Span) -> list[dict[str, object]]:
    organisation = call.organisation
    scoped = _filters(call, ("rbac_group_id",))
    whole = Span(max(span.start - timedelta(days=30), ENTERPRISE_FLOOR), span.end)
    facts = _people(organisation, whole).filter(*scoped, pl.lit(value=True))
    counts: dict[str, dict[date, int]] = {}
    for prefix, products in _FAMILIES.items():
        chosen = facts.filter(pl.col("product").is_in(products)) if products else facts
        for period, days in _PERIODS:
            counts[f"{prefix}{period}_active_user_count"] = _active(chosen, days)
    return [_summary(organisation, day, counts, scoped=bool(scoped)) for day in span]


def _summary(
    organisation: Organisation, day: date, counts: dict[str, dict[date, int]], *, scoped: bool
) -> dict[str, object]:
    seats = None if scoped else sum(person.present(day) for person in organisation.people)
    active = {name: found.get(day, 0) for name, found in counts.items()}
    rates = {
        f"{period}_adoption_rate": round(active[f"{period}_active_user_count"] / seats * 100, 2)
        if seats
        else None
        for period, _ in _PERIODS
    }
    slack = {name: None for name in active if scoped and name.startswith("claude_tag")}
    return {
        "starting_at": zulu(midnight(day)),
        "ending_at": zulu(midnight(day + timedelta(days=1))),
        "assigned_seat_count": seats,
        "pending_invite_count": None if scoped else _PENDING_INVITES,
        **active,
        **slack,
        **rates,
    }


def summaries(call: Call) -> bytes:
    """Answer `GET /v1/organizations/analytics/summaries`: the whole series in one page."""
    start = call.query.day("starting_date")
    if start is None:
        raise bad("starting_date: Field required")
    call.query.number("limit", 100, 1000)
    span = _range(call, start)
    rows = call.remember(lambda: _summaries(call, span))
    return encode({"data": rows, "next_page": None} if call.modern else {"summaries": rows})
