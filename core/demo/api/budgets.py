"""RBAC groups and their members, and every member's spend limit with what was spent so far."""

import polars as pl

from core.calendar import month_start
from core.demo.api.call import Call, encode, page
from core.demo.api.directory import stamp
from core.demo.api.refusals import not_found
from core.demo.people import Person

_MILLICENT = 10**5
_LIMITS = {"Engineering": "250000", "Data & Machine Learning": "250000", "Design": "60000"}
_USUAL_LIMIT = "30000"
_PERIODS = ("daily", "weekly", "monthly")


def _listed(call: Call, rows: list[dict[str, object]], *, has_more: bool = True) -> bytes:
    limit = call.query.number("limit", 20, 1000)
    offset = call.offset()
    following = call.next_page(offset + limit, len(rows))
    return page(encode(rows[offset : offset + limit]), call, following, has_more=has_more)


def groups(call: Call) -> bytes:
    """Answer `GET /v1/organizations/rbac_groups`."""
    rows: list[dict[str, object]] = [
        {
            "id": group.id,
            "name": group.name,
            "source_type": group.source,
            "role_ids": [],
            "created_at": stamp(group.created, group.id),
            "updated_at": stamp(group.created, group.id),
            "type": "rbac_group",
        }
        for group in call.organisation.groups
    ]
    return _listed(call, rows)


def members(call: Call) -> bytes:
    """Answer `GET /v1/organizations/rbac_groups/{rbac_group_id}/members`: current members."""
    organisation = call.organisation
    wanted = call.place["rbac_group_id"]
    group = next((group for group in organisation.groups if group.id == wanted), None)
    if group is None:
        raise not_found()
    people = [organisation.people[index] for index in group.members]
    rows: list[dict[str, object]] = [
        {
            "rbac_group_id": group.id,
            "user_id": person.id,
            "email": person.email,
            "created_at": stamp(max(group.created, person.joined), person.id),
            "type": "rbac_group_member",
        }
        for person in people
        if person.present(organisation.today)
    ]
    return _listed(call, rows)


def _spent(call: Call) -> dict[str, int]:
    """Return what each user spent in the month of the last day, in units."""
    organisation = call.organisation
    facts = organisation.facts.filter(
        pl.col("side") == "enterprise",
        pl.col("actor_type") == "user_actor",
        pl.col("day") >= month_start(organisation.today),
    )
    return dict(facts.group_by("actor").agg(pl.col("amount").sum()).iter_rows())


def _cents(units: int) -> str:
    """Return cents with at most three decimals, as this endpoint has them."""
    whole, rest = divmod(units // _MILLICENT, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")


def _limit(call: Call, person: Person, spent: dict[str, int]) -> dict[str, object]:
    own = person.index % 23 == 4
    unlimited = person.role != "user"
    tier = {"type": "seat_tier", "seat_tier": "enterprise_standard"}
    scope = {"type": "user", "user_id": person.id}
    limit = "500000" if own else _LIMITS.get(person.team, _USUAL_LIMIT)
    return {
        "scope": scope,
        "actor": person.actor(call.organisation.today),
        "amount": None if unlimited else limit,
        "currency": "USD",
        "period": "monthly",
        "source": {"type": "organization"} if unlimited else scope if own else tier,
        "spend_limit_id": f"spl_01{person.id[-22:]}",
        "period_to_date_spend": _cents(spent.get(person.id, 0)),
    }


def effective(call: Call) -> bytes:
    """Answer `GET /v1/organizations/spend_limits/effective`: one row per member, by the month."""
    periods = call.query.choices("period", _PERIODS)
    wanted = call.query.many("user_ids")
    organisation = call.organisation
    spent = call.remember(lambda: _spent(call))
    rows = [
        _limit(call, person, spent)
        for person in organisation.people
        if person.present(organisation.today) and (not wanted or person.id in wanted)
    ]
    return _listed(call, [] if periods and "monthly" not in periods else rows, has_more=False)
