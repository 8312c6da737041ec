"""The Enterprise reports: cost and usage in buckets of the biggest groups, and user by user."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from core.demo.api import text
from core.demo.api.asking import (
    CATEGORIES,
    FANS,
    MOST_DAYS,
    Plan,
    bounds,
    check_range,
    check_start,
    refuse_tagged_groups,
)
from core.demo.api.books import Range, grouped, keep, keep_any, rows
from core.demo.api.call import Call
from core.demo.api.identities import texts, users
from core.demo.api.measures import (
    COSTED,
    USED,
    cost_fields,
    fanned,
    labels,
    totalled,
    usage_fields,
)
from core.demo.api.pages import (
    Prepared,
    at_start,
    bucket_end,
    bucket_page,
    bucket_texts,
    flat_page,
    page_range,
    prepared,
    ranked,
)
from core.demo.api.query import Query, floor
from core.demo.api.teams import by_group, in_groups

GROUPS = (
    "claude_tag_category", "claude_tag_user_id", "context_window", "inference_geo", "model",
    "product", "rbac_group_id", "slack_channel_id", "speed",
)  # fmt: skip
PRODUCTS = (
    "chat", "chat_cowork_unified", "claude-tag", "claude_code", "claude_design",
    "claude_in_chrome", "cowork", "office_agent",
)  # fmt: skip
BUCKETS = {"1d": (7, 31), "1h": (24, 168), "1m": (60, 256)}
"""How many buckets a page holds by default and at most."""

_ENUMS = (
    ("claude_tag_categories", "claude_tag_category", CATEGORIES),
    ("context_windows", "context_window", ("0-200k", "200k-1M")),
    ("inference_geos", "inference_geo", ("global", "us", "not_available")),
    ("products", "product", PRODUCTS),
    ("speeds", "speed", ("fast", "standard")),
)
_FREE = (
    ("claude_tag_user_ids", "claude_tag_user_id"),
    ("models", "model"),
    ("slack_channel_ids", "slack_channel_id"),
    ("user_ids", "actor"),
)
_COST_METRICS = ("amount", "list_amount")
_USAGE_METRICS = ("total_tokens", "output_tokens", "uncached_input_tokens", "requests")


def _facts(call: Call, span: Range, by: Sequence[str]) -> pl.DataFrame:
    """Return the seats' facts that a request is about; these reports write `claude-tag`."""
    organisation, query = call.organisation, call.query
    refuse_tagged_groups(query, by)
    found = [c for name, column, known in _ENUMS for c in keep(column, query.choices(name, known))]
    found += keep_any(query, _FREE) + in_groups(organisation, query.many("rbac_group_ids"))
    facts = rows(organisation, "enterprise", 0.0, span).with_columns(
        pl.col("product").str.replace("claude_tag", "claude-tag", literal=True)
    )
    facts = at_start(facts.filter(*found) if found else facts, span)
    return by_group(organisation, facts) if "rbac_group_id" in by else facts


def _dimensions(by: Sequence[str]) -> list[text.Field]:
    return [(name, text.quoted(name) if name in by else text.NULL) for name in GROUPS]


def _cost_row(head: list[text.Field], by: Sequence[str], fans: frozenset[str]) -> pl.Expr:
    def row(component: str | None) -> pl.Expr:
        kinds = labels(component, fans).items()
        return text.record([*head, *cost_fields(component), *_dimensions(by), *kinds])

    return fanned(fans, row)


def _usage_row(head: list[text.Field], by: Sequence[str], *, total: bool) -> pl.Expr:
    counters = [*usage_fields(total=total), ("requests", text.whole("requests"))]
    return text.record([*head, *counters, *_dimensions(by)])


def _groups(query: Query, *, fanning: bool) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the dimensions and the fan-out that a request groups by."""
    asked = query.choices("group_by", (*GROUPS, *(FANS if fanning else ())))
    return tuple(name for name in asked if name not in FANS), frozenset(asked) & frozenset(FANS)


def _bucket_range(query: Query, now: datetime) -> Range:
    width = query.choice("bucket_width", tuple(BUCKETS), "1d")
    start, end = query.required("starting_at"), query.moment("ending_at")
    check_start(start, now)
    end = end or min(now, start + MOST_DAYS)
    check_range(start, end, None)
    return Range(floor(start, width), floor(end, width), width)


def _biggest(sums: pl.DataFrame, by: Sequence[str], metric: str, cap: int) -> pl.DataFrame:
    """Return the biggest groups of each bucket; the others vanish without a remainder row."""
    present = sums.filter(COSTED if metric == "amount" else USED)
    ordered = present.sort(["at", metric, *by], descending=[False, True, *(False for _ in by)])
    return ordered.group_by("at", maintain_order=True).head(cap)


def _bucketed(call: Call, metric: str, *, fanning: bool) -> bytes:
    query = call.query
    span = _bucket_range(query, call.now)
    width = str(span.width)
    limit = query.number("limit", *BUCKETS[width], f' for bucket_width="{width}"')
    by, fans = _groups(query, fanning=fanning)

    part = page_range(call, span, limit)

    def work() -> dict[datetime, str]:
        sums = totalled(grouped(_facts(call, part, by), ["at", *by]))
        row = _cost_row([], by, fans) if fanning else _usage_row([], by, total=False)
        return bucket_texts(_biggest(sums, by, metric, call.behaviour.group_cap), row)

    starts = [at for at in span.buckets() if at < call.now]
    more = {"organization_id": call.organisation.enterprise_tagged}
    found = call.remember(work, part)
    return bucket_page(call, starts, width, limit, found, more, watermark=True)


def _user_edges(span: Range) -> list[text.Field]:
    if span.width is None:
        return [("starting_at", text.NULL), ("ending_at", text.NULL)]
    return [("starting_at", text.moment("at")), ("ending_at", bucket_end(span.width))]


def _user_rows(call: Call, asked: Plan, *, fanning: bool) -> Prepared:
    """Return the rows of users; what belongs to no user is not in these reports."""
    by = asked.by[1:]
    facts = _facts(call, asked.span, by).filter(pl.col("actor_type") == "user_actor")
    sums = totalled(grouped(facts, ["at", *asked.by])).filter(COSTED if fanning else USED)
    shown = texts(users(call.organisation), call.modern)
    head = [("actor", text.actors("actor", shown)), *_user_edges(asked.span)]
    row = _cost_row(head, by, asked.fans) if fanning else _usage_row(head, by, total=True)
    return prepared(call, ranked(sums, asked, asked.order_by), row)


def _by_user(call: Call, metrics: Sequence[str], *, fanning: bool) -> bytes:
    query = call.query
    by, fans = _groups(query, fanning=fanning)
    asked = Plan(
        bounds(query, call.now, "bucket_width"),
        ("actor", *by),
        fans,
        query.choice("order_by", metrics, metrics[0]),
        query.choice("order", ("asc", "desc"), "desc") == "desc",
        query.number("limit", 20, 1000),
    )
    found = call.remember(lambda: _user_rows(call, asked, fanning=fanning))
    more = {"organization_id": call.organisation.enterprise_tagged}
    return flat_page(call, asked.limit, found, more)


def cost_report(call: Call) -> bytes:
    """Answer `GET /v1/organizations/analytics/cost_report`."""
    return _bucketed(call, "amount", fanning=True)


def usage_report(call: Call) -> bytes:
    """Answer `GET /v1/organizations/analytics/usage_report`."""
    return _bucketed(call, "total_tokens", fanning=False)


def user_cost_report(call: Call) -> bytes:
    """Answer `GET /v1/organizations/analytics/user_cost_report`."""
    return _by_user(call, _COST_METRICS, fanning=True)


def user_usage_report(call: Call) -> bytes:
    """Answer `GET /v1/organizations/analytics/user_usage_report`."""
    return _by_user(call, _USAGE_METRICS, fanning=False)
