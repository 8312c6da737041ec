"""One window's answers into one ledger frame: every cut of the source, each complete by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from core.anthropic import enterprise, platform, unified
from core.anthropic.transport import Client
from core.calendar import Span
from core.errors import Finding, RequestRefused
from core.ledger.cuts import NOT_ATTRIBUTED, Cut, Family, Kind, cuts_of
from core.ledger.frame import conform, empty
from core.sync import complete, reading, rows
from core.sync.dimensions import Flat
from core.sync.filters import key_requests
from core.sync.plan import Planned
from core.sync.reading import Person, Reading

UNIFIED_DIMS: dict[tuple[Kind, str], tuple[str, ...]] = {
    ("platform", "key"): (
        "api_key_id", "workspace_id", "model", "service_tier", "context_window",
    ),
    ("platform", "who"): ("actor", "product", "workspace_id", "api_key_id", "model"),
    ("platform", "shape"): (
        "workspace_id", "model", "context_window", "inference_geo", "speed",
    ),
    ("enterprise", "who"): ("actor", "product", "workspace_id", "model", "context_window"),
    ("enterprise", "shape"): ("workspace_id", "product", "model", "inference_geo", "speed"),
}  # fmt: skip
"""The `group_by` of each unified cut: five dimensions, the most that a request may name."""

CELL_DIMS = ("product", "model", "context_window", "inference_geo", "speed")
"""The `group_by` of the Enterprise reports, which know no limit of five."""

GROUP_CAP = 100
"""An Enterprise report's bucket holds its 100 largest groups, and no remainder."""


@dataclass(frozen=True)
class Fetched:
    """One window, read whole: what `replace_window` takes, and what was met on the way."""

    frame: pl.DataFrame
    days: pl.DataFrame
    data_refreshed_at: datetime | None
    rows: int
    people: dict[str, Person]
    findings: list[Finding]


@dataclass(frozen=True)
class Source:
    """Where a window is read from: the client, the kind of connection, its default workspace."""

    client: Client
    kind: Kind
    default_workspace: str | None = None


Parts = tuple[list[tuple[Cut, pl.DataFrame]], pl.DataFrame, set[date], set[date]]
"""(cut, its rows) for each cut; the control totals; days present; days capped."""


def fetch(source: Source, planned: Planned, *, last_try: bool = False) -> Fetched:
    """Return one window, every cut complete to the source's own totals; raises SpendError.

    Only days that the source answered for are in the result; `days` says which those are. On the
    last try answers from two exports are kept, with a finding.
    """
    read = Reading(planned.span)
    speak = _READERS[(source.kind, planned.protocol)]
    parts, control, present, capped = speak(source, planned, read)
    frames = [complete.complete(f, control, planned.family, cut.name) for cut, f in parts]
    for (cut, _), frame in zip(parts, frames, strict=True):
        read.weigh(cut.name, complete.exceeded(frame, planned.family))
    agrees = not any((frame["workspace"] == NOT_ATTRIBUTED).any() for frame in frames)
    read.settle(agrees, last_try=last_try)
    measure = "amount" if planned.family == "cost" else "tokens"
    rest = complete.not_attributed(frames[0], measure)
    days = reading.day_table(planned.span, present, capped, control, rest, planned.family)
    whole = pl.concat([empty(planned.family), *frames])
    answered = whole.filter(pl.col("day").is_in(list(present)))
    return Fetched(answered, days, read.refreshed, read.rows, read.people, read.findings)


def _unified(source: Source, planned: Planned, read: Reading) -> Parts:
    ask = unified.cost if planned.family == "cost" else unified.usage
    total = read.total_rows(read.take(ask(source.client, planned.span, ())))
    control = _unified_frame(total, (), planned.family, control=True)
    parts = []
    for cut in cuts_of(source.kind, "unified", planned.family):
        dims = UNIFIED_DIMS[(source.kind, cut.title)]
        asked = (*dims, "cost_type", "token_type") if planned.family == "cost" else dims
        found = read.flat_rows(read.take(ask(source.client, planned.span, asked)))
        if "actor" in dims:
            _remember(read, [row.group.actor for row in found.rows])
        parts.append((cut, _named(source, _unified_frame(found, asked, planned.family), cut)))
    present = reading.days_of_export(planned.span, read.refreshed, control)
    return parts, control, present, set()


def _unified_frame(
    flat: Flat, dims: Sequence[str], family: Family, *, control: bool = False
) -> pl.DataFrame:
    actor = "group.actor" if "actor" in dims else ""
    if family == "cost":
        where = "analytics/cost"
        return rows.cost_rows(flat, dims, where, group="group.", money="cost.", actor=actor)
    return rows.usage_rows(flat, dims, group="group.", counts="usage.", actor=actor)


def _named(source: Source, frame: pl.DataFrame, cut: Cut) -> pl.DataFrame:
    """Give the Platform's meaningful nulls their names; for Enterprise they are plain nulls."""
    if source.kind == "platform" and "api_key" in frame.columns:
        frame = rows.keyless(frame)
    if cut.protocol == "reports" and "workspace" in frame.columns:
        frame = rows.default_workspace(frame, source.default_workspace)
    return frame


def _platform(source: Source, planned: Planned, read: Reading) -> Parts:
    if planned.family == "cost":
        return _platform_cost(source, planned, read)
    return _platform_usage(source, planned, read)


def _platform_cost(source: Source, planned: Planned, read: Reading) -> Parts:
    (cut,) = cuts_of("platform", "reports", "cost")
    totals = read.take(platform.cost_report(source.client, planned.span, group=False))
    control = rows.cost_rows(read.bucket_rows(totals), (), "cost_report")
    buckets = read.take(platform.cost_report(source.client, planned.span, group=True))
    dims = ("workspace_id", "description", "model", "service_tier", "context_window",
            "inference_geo")  # fmt: skip
    frame = rows.cost_rows(read.bucket_rows(buckets), dims, "cost_report")
    present = reading.days_of_buckets(totals) & reading.days_of_buckets(buckets)
    return [(cut, _named(source, frame, cut))], control, present, set()


def _platform_usage(source: Source, planned: Planned, read: Reading) -> Parts:
    key, who, shape = cuts_of("platform", "reports", "usage")
    total = _usage_buckets(source, planned.span, read, ())
    control = rows.usage_rows(read.bucket_rows(total), ())
    shaped = _shape(source, planned.span, read)
    keyed, key_days = _keys(source, planned.span, read, shaped)
    people = ("account_id", "service_account_id", "workspace_id", "model", "context_window")
    buckets = _usage_buckets(source, planned.span, read, people)
    frame = _accounts(rows.usage_rows(read.bucket_rows(buckets), people))
    parts = [(key, _named(source, keyed, key)), (who, _named(source, frame, who)),
             (shape, _named(source, shaped, shape))]  # fmt: skip
    present = reading.days_of_buckets(total) & reading.days_of_buckets(buckets) & key_days
    return parts, control, present, set()


def _usage_buckets(
    source: Source,
    span: Span,
    read: Reading,
    dims: Sequence[str],
    filters: Sequence[tuple[str, str]] = (),
    fast_mode: bool = False,
) -> list[Any]:
    pages = platform.usage_report(source.client, span, dims, filters, fast_mode=fast_mode)
    return read.take(pages)


def _shape(source: Source, span: Span, read: Reading) -> pl.DataFrame:
    """Return usage by the shape of requests; without `speed` where the organization has none."""
    dims: tuple[str, ...] = ("workspace_id", "model", "context_window", "inference_geo", "speed")
    try:
        buckets = _usage_buckets(source, span, read, dims, fast_mode=True)
    except RequestRefused:
        buckets = _usage_buckets(source, span, read, dims[:-1])
        read.findings.append(
            Finding(
                "speed_not_answered",
                "info",
                "Usage by speed is not known.",
                "Anthropic refused to group this organization's usage by fast mode.",
                "Nothing needs doing; `speed` stays empty for these days.",
            )
        )
        dims = dims[:-1]
    return rows.usage_rows(read.bucket_rows(buckets), dims)


def _keys(
    source: Source, span: Span, read: Reading, shaped: pl.DataFrame
) -> tuple[pl.DataFrame, set[date]]:
    """Return usage by key with a sixth and a seventh dimension, geography and speed.

    Filters do not count towards the five: each geography and speed that the window's usage has is
    asked for by itself, and a value that all of it shares needs no filter.
    """
    dims = ("api_key_id", "workspace_id", "model", "service_tier", "context_window")
    frames, days = [], set(span)
    for geo, speed, filters in key_requests(shaped):
        fast_mode = any(name == "speeds[]" for name, _ in filters)
        buckets = _usage_buckets(source, span, read, dims, filters, fast_mode)
        days &= reading.days_of_buckets(buckets)
        found = rows.usage_rows(read.bucket_rows(buckets), dims)
        frames.append(found.with_columns(pl.lit(geo, pl.String).alias("inference_geo"),
                                         pl.lit(speed, pl.String).alias("speed")))  # fmt: skip
    return pl.concat(frames, how="diagonal"), days


def _accounts(frame: pl.DataFrame) -> pl.DataFrame:
    person = pl.col("user").is_not_null()
    service = pl.col("service_account").is_not_null()
    kind = pl.when(person).then(pl.lit("user_actor"))
    kind = kind.when(service).then(pl.lit("service_account_actor"))  # type: ignore[assignment]
    return frame.with_columns(kind.otherwise(None).alias("actor_type"))


def _enterprise(source: Source, planned: Planned, read: Reading) -> Parts:
    (cut,) = cuts_of("enterprise", "reports", planned.family)
    cost = planned.family == "cost"
    report = enterprise.cost_report if cost else enterprise.usage_report
    by_user = enterprise.user_cost_report if cost else enterprise.user_usage_report
    asked = (*CELL_DIMS, "cost_type", "token_type") if cost else CELL_DIMS
    totals = read.take(report(source.client, planned.span, ()))
    control = _report_frame(read.bucket_rows(totals), (), planned.family)
    buckets = read.take(report(source.client, planned.span, asked))
    cells = _report_frame(read.bucket_rows(buckets), asked, planned.family)
    people = read.take(by_user(source.client, planned.span, asked))
    _remember(read, [row.actor for row in people])
    users = _report_frame(read.flat_rows(people), asked, planned.family, actor="actor")
    keys = [*CELL_DIMS, "operation", "token_type", *(["cost_type"] if cost else [])]
    nobody = complete.beyond_users(
        conform(cells, planned.family, ""), conform(users, planned.family, ""),
        planned.family, keys,
    )  # fmt: skip
    present = reading.days_of_buckets(totals) & reading.days_of_buckets(buckets)
    present &= reading.days_of_export(planned.span, read.refreshed, control)
    frame = pl.concat([users, nobody], how="diagonal")
    return [(cut, frame)], control, present, _capped(buckets)


def _report_frame(
    flat: Flat, dims: Sequence[str], family: Family, *, actor: str = ""
) -> pl.DataFrame:
    if family == "cost":
        return rows.cost_rows(flat, dims, "analytics cost report", actor=actor)
    return rows.usage_rows(flat, dims, actor=actor)


def _capped(buckets: list[Any]) -> set[date]:
    """Return the days whose bucket is full of groups, so that smaller ones may be missing."""
    full = set()
    for bucket in buckets:
        groups = {tuple(getattr(row, d) for d in CELL_DIMS) for row in bucket.results}
        if len(groups) >= GROUP_CAP:
            full.add(date.fromisoformat(bucket.starting_at[:10]))
    return full


def _remember(read: Reading, actors: Sequence[Any]) -> None:
    for actor in actors:
        if actor is not None and actor.type == "user_actor":
            read.people[actor.user_id] = Person(actor.name or "", actor.address, actor.deleted)


_READERS: dict[tuple[Kind, str], Callable[[Source, Planned, Reading], Parts]] = {
    ("platform", "unified"): _unified,
    ("enterprise", "unified"): _unified,
    ("platform", "reports"): _platform,
    ("enterprise", "reports"): _enterprise,
}
