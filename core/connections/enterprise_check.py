"""Checks an analytics key: do the endpoints answer that an Enterprise sync reads, and as whose?"""

import logging
from collections.abc import Sequence
from datetime import date, timedelta

from core.anthropic import enterprise, unified
from core.anthropic.asking import DIRECTORY_VERSION, ROOT
from core.anthropic.pagination import AfterId, NextPage, Page, Request, pages
from core.anthropic.statuses import NotFound, ScopeMissing, says_never
from core.anthropic.transport import Client
from core.calendar import ENTERPRISE_FLOOR, Span
from core.connections import notes, verdicts
from core.connections.asking import Asker, Outcome, first_error, organization
from core.connections.naming import same_organization
from core.connections.recognise import Shape
from core.connections.result import CheckResult
from core.errors import (
    Finding,
    KeyInvalid,
    NetworkUnreachable,
    PlanNotEnterprise,
    RateLimited,
    SpendError,
    TryLater,
)

log = logging.getLogger(__name__)

_UNIFIED_BY = ("actor", "product", "workspace_id", "model", "context_window")
_REPORT_BY = ("product", "model", "context_window", "inference_geo", "speed")
_PARTS = ("cost_type", "token_type")
_REACH = timedelta(days=364)
_READY = timedelta(days=4)
"""Activity of a day appears one to three days later; before that it is refused."""


def check_enterprise(
    client: Client, shape: Shape, organization_id: str, today: date
) -> CheckResult:
    """Return what an Enterprise key answers; raises the verdict where it cannot be used.

    `organization_id` is that of the connection, where it is known. Makes 11 requests at the most;
    an Admin key is told by its prefix and not sent.
    """
    if shape.guess == "admin":
        raise verdicts.admin_key_for_enterprise()
    ask = Asker()
    span = Span(today - timedelta(days=2), today)
    newer = _unified(ask, client, shape, span)
    refused = [outcome.error for outcome in newer if outcome.error]
    if refused:
        _need_reports(ask, client, shape, span, refused)
    activity = _activity(ask, client, today)
    if not refused:
        _must_be_enterprise(ask, client, shape, span, activity)
    identifier, name = _whose(ask, client, organization_id, [*newer, *activity])
    remarks = notes.no_unified(refused) if refused else []
    remarks += [*_lost(activity), *_optional(ask, client), *notes.unusual(shape)]
    return notes.passed(
        "enterprise",
        "reports" if refused else "unified",
        max(ENTERPRISE_FLOOR, today - _REACH),
        remarks,
        settled=not refused or any(map(says_never, refused)),
        organization_id=identifier,
        organization_name=name,
    )


def _unified(ask: Asker, client: Client, shape: Shape, span: Span) -> tuple[Outcome, Outcome]:
    """Return the outcomes of the unified endpoints; raises where no other can fare better."""
    cost = ask.first(
        "the unified cost", lambda: unified.cost(client, span, (*_UNIFIED_BY, *_PARTS))
    )
    if isinstance(cost.error, KeyInvalid | RateLimited | NetworkUnreachable | PlanNotEnterprise):
        raise verdicts.enterprise_refusal(cost.error, shape)
    usage = ask.first("the unified usage", lambda: unified.usage(client, span, _UNIFIED_BY))
    return cost, usage


def _need_reports(
    ask: Asker, client: Client, shape: Shape, span: Span, refused: Sequence[SpendError]
) -> None:
    """Raise the verdict unless all four reports answer; `refused` is what unified said."""
    cost, usage = (*_REPORT_BY, *_PARTS), _REPORT_BY
    calls = (
        ("the cost report", lambda: enterprise.cost_report(client, span, cost)),
        ("the usage report", lambda: enterprise.usage_report(client, span, usage)),
        ("the cost report by user", lambda: enterprise.user_cost_report(client, span, cost)),
        ("the usage report by user", lambda: enterprise.user_usage_report(client, span, usage)),
    )
    for endpoint, call in calls:
        outcome = ask.first(endpoint, call)
        if outcome.error is not None:
            raise verdicts.enterprise_refusal(_plainest(outcome.error, refused), shape)


def _plainest(error: SpendError, before: Sequence[SpendError]) -> SpendError:
    """Return the answer that says most: plan, or scopes by name, over a mere "not found"."""
    said = [error, *before]
    plan = next((e for e in said if isinstance(e, PlanNotEnterprise)), None)
    scoped = next((e for e in said if isinstance(e, ScopeMissing) and e.scopes_held), None)
    return plan or (scoped if isinstance(error, NotFound) else None) or error


def _activity(ask: Asker, client: Client, today: date) -> tuple[Outcome, Outcome]:
    """Return the outcomes of the activity endpoints, which only an analytics key may ask."""
    day = max(ENTERPRISE_FLOOR, today - _READY)
    days = Span(day, day + timedelta(days=1))
    return (
        ask.first("activity by user", lambda: enterprise.users(client, day)),
        ask.one("active users and seats", lambda: enterprise.summaries(client, days)),
    )


def _must_be_enterprise(
    ask: Asker, client: Client, shape: Shape, span: Span, activity: Sequence[Outcome]
) -> None:
    """Raise the verdict for a key that only the unified endpoints answer.

    They answer any Admin credential, with its Console's money. What opens none of the endpoints
    for analytics keys alone, and has not their prefix, is such a credential.
    """
    if shape.guess == "analytics" or any(outcome.ok for outcome in activity):
        return
    report = ask.first("the cost report", lambda: enterprise.cost_report(client, span, _REPORT_BY))
    if report.ok:
        return
    said = [*activity, report]
    plan, later = first_error(said, PlanNotEnterprise), first_error(said, TryLater)
    if plan is not None:
        raise verdicts.no_plan(plan)
    raise later or verdicts.admin_scopes_for_enterprise(report.error)


def _whose(ask: Asker, client: Client, wanted: str, answered: Sequence[Outcome]) -> tuple[str, str]:
    """Return the ID and the name of the key's organization as far as the API says.

    Whether an analytics key may ask for its organization is not documented: a refusal costs the
    name, nothing else. Raises OrganizationMismatch where the connection has another organization.
    """
    pages_of = [outcome.value for outcome in answered if isinstance(outcome.value, Page)]
    identifiers = [page.organization_id for page in pages_of if page.organization_id]
    name = ""
    try:
        found, header = ask.must(lambda: organization(client))
    except SpendError:
        log.debug("This key may not ask for the name of its organization.")
    else:
        identifiers, name = [found.id, header, *identifiers], found.name
    same = [same_organization(wanted, known) for known in identifiers]
    if False in same and True not in same:
        raise verdicts.other_organization(wanted, identifiers[0], name)
    return next(iter(identifiers), ""), name


def _lost(activity: Sequence[Outcome]) -> list[Finding]:
    people, seats = activity
    fix = "Costs and tokens are not affected. If it stays, ask Anthropic Support."
    return [
        *notes.missing(people, "activity_unavailable", "warning",
                       "Messages, sessions, lines and commits by user will be missing.", fix),
        *notes.missing(seats, "seats_unavailable", "warning",
                       "Active users and assigned seats will be missing.", fix),
    ]  # fmt: skip


def _optional(ask: Asker, client: Client) -> list[Finding]:
    """Return what will be missing because the key was made without some scope; never a fault."""
    one = [("limit", "1")]
    groups = Request(f"{ROOT}/rbac_groups", one, DIRECTORY_VERSION)
    members = Request(f"{ROOT}/users", one, DIRECTORY_VERSION)
    limits = Request(f"{ROOT}/spend_limits/effective", one, DIRECTORY_VERSION)
    answers = (
        (ask.first("the groups", lambda: pages(client, groups, dict)),
         "groups_unavailable", "What each team costs will not be known.",
         "read:rbac_groups"),
        (ask.first("the members", lambda: pages(client, members, dict, AfterId())),
         "members_unavailable", "People are named as the reports name them.", "read:members"),
        (ask.first("the spend limits",
                   lambda: pages(client, limits, dict, NextPage())),
         "spend_limits_unavailable", "The members' spend limits will not be known.",
         "read:spend_limits"),
    )  # fmt: skip
    found: list[Finding] = []
    for outcome, code, loses, scope in answers:
        fix = f"Nothing needs doing. A key that was created with the scope {scope} too has it."
        found += notes.missing(outcome, code, "info", loses, fix)
    return found
