"""`analytics/cost` and `analytics/usage`: any dimensions, flat rows, every combination paged."""

import polars as pl

from core.demo.api import text
from core.demo.api.asking import FANS, GROUPS, Plan, filters, plan, refuse_tagged_groups
from core.demo.api.books import grouped, rows
from core.demo.api.call import Call
from core.demo.api.identities import everyone, texts
from core.demo.api.measures import (
    COSTED,
    USED,
    cost_fields,
    fanned,
    labels,
    totalled,
    usage_fields,
)
from core.demo.api.pages import Prepared, at_start, bucket_end, flat_page, prepared, ranked
from core.demo.api.teams import by_group, in_groups

_COST_METRICS = ("amount", "list_amount")
_USAGE_METRICS = ("total_tokens", "output_tokens", "uncached_input_tokens", "requests")


def _facts(call: Call, asked: Plan) -> pl.DataFrame:
    """Return the facts that a request is about, with their bucket `at`."""
    organisation, query = call.organisation, call.query
    refuse_tagged_groups(query, asked.by)
    conditions = filters(query) + in_groups(organisation, query.many("rbac_group_ids"))
    if query.many("organization_ids"):
        conditions.append(_children(call, query.many("organization_ids")))
    facts = rows(organisation, call.credential.side, call.behaviour.overlap, asked.span)
    facts = at_start(facts.filter(*conditions) if conditions else facts, asked.span)
    return by_group(organisation, facts) if "rbac_group_id" in asked.by else facts


def _children(call: Call, wanted: list[str]) -> pl.Expr:
    tagged = {call.organisation.enterprise_tagged: call.organisation.enterprise_id}
    return pl.col("organization_id").is_in([tagged.get(name, name) for name in wanted])


def _summed(call: Call, asked: Plan) -> pl.DataFrame:
    return totalled(grouped(_facts(call, asked), ["at", *asked.by]))


def _shown(call: Call) -> dict[str, str]:
    return texts(everyone(call.organisation), call.modern)


def _group(shown: dict[str, str], asked: Plan, component: dict[str, str]) -> pl.Expr:
    """Return the `group` object: every dimension's key, null unless grouped by."""
    fields: list[text.Field] = []
    for name in sorted({*GROUPS, *component}):
        if name in asked.by:
            value = text.actors(name, shown) if name == "actor" else text.quoted(name)
            fields.append((name, value))
        else:
            fields.append((name, component.get(name, text.NULL)))
    return text.record(fields)


def _edges(asked: Plan) -> list[text.Field]:
    span = asked.span
    if span.width is None:
        return [("starting_at", text.stamp(span.start)), ("ending_at", text.stamp(span.end))]
    return [("starting_at", text.moment("at")), ("ending_at", bucket_end(span.width))]


def _cost(call: Call, asked: Plan) -> Prepared:
    shown = _shown(call)

    def row(component: str | None) -> pl.Expr:
        group = _group(shown, asked, labels(component, asked.fans))
        cost = text.record(cost_fields(component))
        return text.record([*_edges(asked), ("group", group), ("cost", cost)])

    sums = ranked(_summed(call, asked).filter(COSTED), asked, "amount")
    return prepared(call, sums, fanned(asked.fans, row))


def _usage(call: Call, asked: Plan) -> Prepared:
    usage = text.record([*usage_fields(total=True), ("requests", text.whole("requests"))])
    row = text.record(
        [*_edges(asked), ("group", _group(_shown(call), asked, {})), ("usage", usage)]
    )
    return prepared(call, ranked(_summed(call, asked).filter(USED), asked, "total_tokens"), row)


def cost(call: Call) -> bytes:
    """Answer `GET /v1/organizations/analytics/cost`."""
    asked = plan(call, _COST_METRICS, FANS)
    return flat_page(call, asked.limit, call.remember(lambda: _cost(call, asked)))


def usage(call: Call) -> bytes:
    """Answer `GET /v1/organizations/analytics/usage`."""
    asked = plan(call, _USAGE_METRICS, ())
    return flat_page(call, asked.limit, call.remember(lambda: _usage(call, asked)))
