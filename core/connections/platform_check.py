"""Checks an Admin key: whose is it, and do the endpoints answer that a Platform sync reads?"""

from datetime import date, timedelta
from functools import partial

from core.anthropic import platform, unified
from core.anthropic.asking import DIRECTORY_VERSION, ROOT
from core.anthropic.pagination import AfterId, Request, pages
from core.anthropic.statuses import NotFound, says_never
from core.anthropic.transport import Client
from core.calendar import ENTERPRISE_FLOOR, Span, year_before
from core.connections import notes, verdicts
from core.connections.asking import Asker, Outcome, organization
from core.connections.naming import same_organization
from core.connections.recognise import Shape
from core.connections.result import CheckResult
from core.errors import (
    Finding,
    KeyInvalid,
    KeyScopeMissing,
    PayloadInvalid,
    PlanNotEnterprise,
    SpendError,
    TryLater,
    UnexpectedResponse,
)

_USAGE_BY = ("api_key_id", "workspace_id", "model", "service_tier", "context_window")
_COST_BY = (*_USAGE_BY, "cost_type", "token_type")
_REACH = timedelta(days=364)

_NAMES = (
    ("workspaces", "workspaces_unavailable", "Workspaces will be shown by their ids."),
    ("api_keys", "api_keys_unavailable", "API keys will be shown by their ids."),
    ("users", "users_unavailable", "People will be shown by their ids."),
)


def check_platform(client: Client, shape: Shape, organization_id: str, today: date) -> CheckResult:
    """Return what a Platform key answers; raises the verdict where it cannot be used.

    `organization_id` is what the user entered, or nothing. Makes 9 requests at the most.
    """
    ask = Asker()
    identifiers, name = _whose(ask, client, shape)
    remarks = _compare(organization_id, identifiers, name)
    span = Span(today - timedelta(days=2), today)
    reports = _reports(ask, client, shape, span)
    newer = (
        ask.first("the unified cost", lambda: unified.cost(client, span, _COST_BY)),
        ask.first("the unified usage", lambda: unified.usage(client, span, _USAGE_BY)),
    )
    refused = [outcome.error for outcome in reports if outcome.error]
    newer_refused = [outcome.error for outcome in newer if outcome.error]
    if refused and newer_refused:
        raise verdicts.platform_refusal(_offered(refused[0]), shape, admitted=True)
    floor = max(ENTERPRISE_FLOOR, today - _REACH)
    remarks += notes.shorter_history(refused[0], floor) if refused else []
    remarks += notes.no_unified(newer_refused) if newer_refused else []
    remarks += [*_optional(ask, client, today), *notes.unusual(shape)]
    return notes.passed(
        "platform",
        "reports" if newer_refused else "unified",
        floor if refused else year_before(today),
        remarks,
        settled=not newer_refused or any(map(says_never, newer_refused)),
        organization_id=identifiers[0],
        organization_name=name,
    )


def _whose(ask: Asker, client: Client, shape: Shape) -> tuple[list[str], str]:
    """Return the IDs and the name of the key's organization; raises the verdict on a refusal."""
    try:
        found, header = ask.must(lambda: organization(client))
    except SpendError as error:
        verdict = verdicts.platform_refusal(error, shape)
        if isinstance(verdict, NotFound | PlanNotEnterprise):
            raise verdicts.no_organization(verdict) from None
        raise verdict from None
    return [found.id, *([header] if header and header != found.id else [])], found.name


def _compare(entered: str, identifiers: list[str], name: str) -> list[Finding]:
    """Raise OrganizationMismatch for another organization; note an ID that cannot be compared."""
    same = [same_organization(entered, known) for known in identifiers]
    if not entered.strip() or True in same:
        return []
    if False in same:
        raise verdicts.other_organization(entered.strip(), identifiers[0], name)
    return notes.organization_unconfirmed(entered.strip(), identifiers[0])


def _reports(ask: Asker, client: Client, shape: Shape, span: Span) -> tuple[Outcome, Outcome]:
    """Return the outcomes of the cost and the usage report.

    Raises the verdict where they show that nothing else is worth asking: no network, an outage, or
    an Enterprise key, which the unified endpoints would answer with the Enterprise plan's money.
    """
    cost = ask.first("the cost report", lambda: platform.cost_report(client, span, group=True))
    _stop_if_hopeless(cost.error)
    if isinstance(cost.error, KeyInvalid | KeyScopeMissing | NotFound):
        verdict = verdicts.platform_refusal(cost.error, shape, admitted=True)
        if verdict.code == "key_wrong_kind" or isinstance(cost.error, KeyInvalid):
            raise verdict
    usage = ask.first("the usage report", lambda: platform.usage_report(client, span, _USAGE_BY))
    _stop_if_hopeless(usage.error)
    return cost, usage


def _stop_if_hopeless(error: SpendError | None) -> None:
    """Raise what says nothing of the key: an outage, or an answer that is not Anthropic's."""
    if isinstance(error, TryLater | UnexpectedResponse | PayloadInvalid):
        raise error


def _offered(error: SpendError) -> SpendError:
    return verdicts.not_offered(error, "its cost report") if isinstance(error, NotFound) else error


def _optional(ask: Asker, client: Client, today: date) -> list[Finding]:
    """Return what will be missing because an endpoint for names or activity does not answer."""
    day = today - timedelta(days=1)
    code = ask.first("Claude Code activity", lambda: platform.claude_code(client, day))
    fix = "Costs and tokens are not affected. If you want it, use an Admin key."
    found = notes.missing(code, "claude_code_unavailable", "warning",
                          "Lines, commits and acceptance will be missing.", fix)  # fmt: skip
    for path, finding, loses in _NAMES:
        request = Request(f"{ROOT}/{path}", [("limit", "1")], DIRECTORY_VERSION)
        listed = ask.first(f"the list of {path.replace('_', ' ').replace('api', 'API')}",
                           partial(pages, client, request, dict, AfterId()))  # fmt: skip
        found += notes.missing(listed, finding, "warning", loses, fix)
    return found
