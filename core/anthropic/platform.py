"""The Admin API of one Claude Console organization: reports, Claude Code, names."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, TypeVar

from pydantic import ValidationError

from core.anthropic.directory import ApiKey, Organization, Payload, User, Workspace
from core.anthropic.pagination import Page, Request, by_id, by_page
from core.anthropic.payloads import ClaudeCodeRow, CostBucket, UsageBucket
from core.anthropic.transport import Client, misread
from core.calendar import Span, midnight, zulu

VERSION = "2023-06-01"
"""The version whose report bodies are documented and observed; newer ones rename fields."""

FAST_MODE = "fast-mode-2026-02-01"
"""The beta that lets usage be grouped by `speed`."""

ROOT = "/v1/organizations"
KEY_STATUSES = ("active", "inactive", "archived", "expired")

P = TypeVar("P", bound=Payload)


def organization(client: Client) -> Organization:
    """Return the organization that the key belongs to."""
    return client.get(f"{ROOT}/me", (), Organization.model_validate_json, version=VERSION)


def cost_report(client: Client, span: Span, *, group: bool) -> Iterator[Page[CostBucket]]:
    """Yield daily cost, in all its parts or (`group=False`) as one total a day.

    A span must begin before today: the API refuses a range without a finished day.
    """
    parts = [("group_by[]", "workspace_id"), ("group_by[]", "description")] if group else []
    params = [*_days(span), *parts]
    return by_page(client, Request(f"{ROOT}/cost_report", params, VERSION), CostBucket)


def usage_report(
    client: Client,
    span: Span,
    group_by: Sequence[str],
    filters: Sequence[tuple[str, str]] = (),
    *,
    fast_mode: bool = False,
) -> Iterator[Page[UsageBucket]]:
    """Yield daily tokens by at most five dimensions; `filters` are (`inference_geos[]`, value)."""
    params = [*_days(span), *(("group_by[]", dim) for dim in group_by), *filters]
    path = f"{ROOT}/usage_report/messages"
    beta = FAST_MODE if fast_mode else None
    return by_page(client, Request(path, params, VERSION, beta), UsageBucket)


def claude_code(client: Client, day: date) -> Iterator[Page[ClaudeCodeRow]]:
    """Yield the Claude Code activity of one UTC day; an actor has several rows."""
    params = [("starting_at", day.isoformat()), ("limit", "1000")]
    path = f"{ROOT}/usage_report/claude_code"
    return by_page(client, Request(path, params, VERSION), ClaudeCodeRow)


def workspaces(client: Client) -> list[Workspace]:
    """Return every workspace, archived ones too; the default one is marked.

    The default workspace is the one that the list holds only when asked to include it: reports
    call it null, other answers use its id.
    """
    archived = ("include_archived", "true")
    plain = {w.id for w in _listed(client, "workspaces", [archived], Workspace)}
    every = _listed(client, "workspaces", [archived, ("include_default", "true")], Workspace)
    return [w.model_copy(update={"is_default": w.id not in plain}) for w in every]


def api_keys(client: Client) -> list[ApiKey]:
    """Return every API key, whatever its status."""
    found = {key.id: key for key in _listed(client, "api_keys", [], ApiKey)}
    for status in KEY_STATUSES:
        for key in _listed(client, "api_keys", [("status", status)], ApiKey):
            found.setdefault(key.id, key)
    return list(found.values())


def users(client: Client) -> list[User]:
    """Return the present members of the organization."""
    return _listed(client, "users", [], User)


def _days(span: Span) -> list[tuple[str, str]]:
    return [
        ("starting_at", zulu(midnight(span.start))),
        ("ending_at", zulu(midnight(span.end))),
        ("bucket_width", "1d"),
        ("limit", "31"),
    ]


def _listed(client: Client, name: str, params: Sequence[tuple[str, str]], kind: type[P]) -> list[P]:
    request = Request(f"{ROOT}/{name}", [*params, ("limit", "1000")], VERSION)
    return validated(by_id(client, request, dict), kind, request.path)


def validated(pages: Iterator[Page[Any]], kind: type[P], path: str) -> list[P]:
    """Return every item of all pages as `kind`; raises PayloadInvalid."""
    try:
        return [kind.model_validate(item) for page in pages for item in page.data]
    except ValidationError as error:
        raise misread(path, error) from None
