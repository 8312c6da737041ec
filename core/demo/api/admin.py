"""The Admin API's reports: `cost_report` and `usage_report/messages`."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

import polars as pl

from core.demo.api import text
from core.demo.api.asking import TIERS
from core.demo.api.books import Range, grouped, keep, keep_any, rows
from core.demo.api.call import Call
from core.demo.api.measures import usage_fields
from core.demo.api.pages import bucket_page, bucket_texts, page_range
from core.demo.api.query import Query, floor
from core.demo.api.refusals import bad, empty_range
from core.demo.naming import description
from core.demo.shape import COMPONENTS, COST_TYPES, TOKEN_TYPES, WEB_SEARCHES

FAST_BETA = "fast-mode-2026-02-01"
BUCKETS = {"1d": (7, 31), "1h": (24, 168), "1m": (60, 1440)}
_COST_DETAILS = (
    "cost_type", "description", "model", "token_type", "context_window", "service_tier",
    "inference_geo",
)  # fmt: skip
_USAGE_GROUPS = (
    "account_id", "api_key_id", "context_window", "inference_geo", "model", "service_account_id",
    "service_tier", "speed", "workspace_id",
)  # fmt: skip
_USAGE_FREE = (
    ("account_ids", "account_id"),
    ("api_key_ids", "api_key_id"),
    ("models", "model"),
    ("service_account_ids", "service_account_id"),
)
_USAGE_ENUMS = (
    ("service_tiers", "service_tier", TIERS),
    ("context_window", "context_window", ("0-200k", "200k-1M")),
    ("inference_geos", "inference_geo", ("global", "us", "not_available")),
)
_MOST_DIMENSIONS = 5


def _midnight(call: Call) -> datetime:
    """Return the first moment that has no data yet: today's first."""
    return datetime.combine(call.organisation.today, time(0), UTC)


def _legacy(call: Call, facts: pl.DataFrame) -> pl.DataFrame:
    """Return facts as these reports write them: no id for the default workspace, geo in words."""
    default = call.organisation.default_workspace
    workspace = pl.col("workspace_id")
    return facts.with_columns(
        pl.when(workspace != default).then(workspace).alias("workspace_id"),
        pl.col("inference_geo").fill_null("not_available"),
    )


def _cost_component(facts: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the facts' rows of one component; only tokens have a model, a window and a tier."""
    other = name in COST_TYPES
    nothing = pl.lit(None, pl.String)
    dims = ("model", "context_window", "service_tier")
    return facts.filter(pl.col(f"list:{name}") > 0).select(
        "at",
        "workspace_id",
        description(name).alias("description"),
        pl.lit(name if other else "tokens").alias("cost_type"),
        pl.lit(None if other else name, pl.String).alias("token_type"),
        *((nothing if other else pl.col(dim)).alias(dim) for dim in dims),
        pl.lit("not_available").alias("inference_geo") if other else pl.col("inference_geo"),
        pl.col(f"amount:{name}").alias("amount"),
    )


def _cost_texts(call: Call, span: Range, by: Sequence[str]) -> dict[datetime, str]:
    facts = _legacy(call, rows(call.organisation, "platform", 0.0, span))
    described = "description" in by
    dims = [*(["workspace_id"] if "workspace_id" in by else []), *(_COST_DETAILS * described)]
    parts = pl.concat(_cost_component(facts, name) for name in COMPONENTS)
    sums = parts.group_by("at", *dims).agg(pl.col("amount").sum())
    fields: list[text.Field] = [("amount", text.cents("amount", trimmed=True))]
    fields.append(("currency", '"USD"'))
    for name in ("workspace_id", *_COST_DETAILS):
        fields.append((name, text.quoted(name) if name in dims else text.NULL))
    return bucket_texts(sums.sort("at", *dims), text.record(fields))


def cost_report(call: Call) -> bytes:
    """Answer `GET /v1/organizations/cost_report`.

    Both bounds snap down to UTC days; the day of now is not served yet, and a range without a
    whole day is refused.
    """
    query = call.query
    query.choice("bucket_width", ("1d",), "1d")
    start = floor(query.required("starting_at"), "1d")
    end = min(floor(query.moment("ending_at") or call.now, "1d"), _midnight(call))
    if end <= start:
        raise empty_range()
    limit = query.number("limit", 7, 31, ' for bucket_width="1d"')
    by = query.choices("group_by", ("workspace_id", "description"))
    span = Range(start, end, "1d")
    found = call.remember(lambda: _cost_texts(call, span, by))
    return bucket_page(call, span.buckets(), "1d", limit, found)


def _usage_range(call: Call, width: str) -> Range:
    query = call.query
    start, end = query.required("starting_at"), query.moment("ending_at")
    if end is not None and end <= start:
        raise empty_range()
    end = min(floor(end or call.now, width), _midnight(call))
    return Range(floor(start, width), end, width)


def _usage_filters(query: Query, *, fast: bool, default: str) -> list[pl.Expr]:
    made = keep_any(query, _USAGE_FREE)
    made += [
        c for name, column, known in _USAGE_ENUMS for c in keep(column, query.choices(name, known))
    ]
    if fast:
        made += keep("speed", query.choices("speeds", ("fast", "standard")))
    workspaces = query.many("workspace_ids")
    listed = pl.col("workspace_id").is_in(workspaces).fill_null(value=False)
    if default in workspaces:
        listed |= pl.col("workspace_id").is_null()
    return [*made, listed] if workspaces else made


def _usage_texts(call: Call, span: Range, by: Sequence[str], *, fast: bool) -> dict[datetime, str]:
    organisation = call.organisation
    facts = _legacy(call, rows(organisation, "platform", 0.0, span))
    metered = pl.sum_horizontal(*TOKEN_TYPES, WEB_SEARCHES) > 0
    conditions = _usage_filters(call.query, fast=fast, default=organisation.default_workspace)
    sums = grouped(facts.filter(metered, *conditions), ["at", *by])
    dims = [name for name in _USAGE_GROUPS if fast or name != "speed"]
    fields = usage_fields(total=False)
    fields += [(name, text.quoted(name) if name in by else text.NULL) for name in dims]
    return bucket_texts(sums, text.record(fields))


def usage_report(call: Call) -> bytes:
    """Answer `GET /v1/organizations/usage_report/messages`; `speed` needs its beta header."""
    query = call.query
    fast = FAST_BETA in call.betas
    width = query.choice("bucket_width", tuple(BUCKETS), "1d")
    span = _usage_range(call, width)
    limit = query.number("limit", *BUCKETS[width], f' for bucket_width="{width}"')
    by = query.choices("group_by", [name for name in _USAGE_GROUPS if fast or name != "speed"])
    if len(by) > _MOST_DIMENSIONS:
        raise bad(f"Cannot specify more than {_MOST_DIMENSIONS} group_by[] dimensions.")
    if query.many("speeds") and not fast:
        raise bad("speeds[]: not supported without the fast mode beta.")
    part = page_range(call, span, limit)
    found = call.remember(lambda: _usage_texts(call, part, by, fast=fast), fast, part)
    return bucket_page(call, span.buckets(), width, limit, found)
