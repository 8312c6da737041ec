"""The Admin API of one Claude Console organization: reports, Claude Code, names."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeVar

from core.anthropic.asking import DIRECTORY_VERSION, ROOT, by_day, grouped
from core.anthropic.decoding import validate_one
from core.anthropic.directory import ApiKey, Organization, Payload, User, Workspace
from core.anthropic.pagination import AfterId, Page, Request, listed, pages
from core.anthropic.payloads import ClaudeCodeRow, CostBucket, UsageBucket
from core.anthropic.transport import Client
from core.calendar import Span

VERSION = "2023-06-01"
"""The version whose report bodies are documented and observed."""

FAST_MODE = "fast-mode-2026-02-01"
"""The beta that lets usage be grouped by `speed`."""

P = TypeVar("P", bound=Payload)

_NOT_ACTIVE = ("inactive", "archived", "expired")


def organization(client: Client) -> Organization:
    """Return the organization that the key belongs to; raises PayloadInvalid."""
    path = f"{ROOT}/me"
    return validate_one(client.get(path, (), version=VERSION), Organization, path)


def cost_report(client: Client, span: Span, *, group: bool) -> Iterator[Page[CostBucket]]:
    """Yield daily cost by workspace and description, or (`group=False`) as one total a day.

    A bucket a day, also where it is empty. A span must begin before today: the API refuses a
    range without a finished day.
    """
    dims = ("workspace_id", "description") if group else ()
    params = [*by_day(span), *grouped(dims)]
    return pages(client, Request(f"{ROOT}/cost_report", params, VERSION), CostBucket)


def usage_report(
    client: Client,
    span: Span,
    group_by: Sequence[str],
    filters: Sequence[tuple[str, str]] = (),
    fast_mode: bool = False,
) -> Iterator[Page[UsageBucket]]:
    """Yield daily tokens by at most five dimensions, `speed` only with `fast_mode`.

    `filters` are pairs such as (`inference_geos[]`, `us`). A bucket a day, also where it is empty.
    """
    params = [*by_day(span), *grouped(group_by), *filters]
    path = f"{ROOT}/usage_report/messages"
    request = Request(path, params, VERSION, FAST_MODE if fast_mode else None)
    return pages(client, request, UsageBucket)


def claude_code(client: Client, day: date) -> Iterator[Page[ClaudeCodeRow]]:
    """Yield the Claude Code activity of one UTC day; an actor has several rows."""
    params = [("starting_at", day.isoformat()), ("limit", "1000")]
    request = Request(f"{ROOT}/usage_report/claude_code", params, VERSION)
    return pages(client, request, ClaudeCodeRow)


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
    for status in _NOT_ACTIVE:  # it is not documented whether the plain list holds these
        for key in _listed(client, "api_keys", [("status", status)], ApiKey):
            found.setdefault(key.id, key)
    return list(found.values())


def users(client: Client) -> list[User]:
    """Return the present members of the organization."""
    return _listed(client, "users", [], User)


def _listed(client: Client, name: str, params: Sequence[tuple[str, str]], kind: type[P]) -> list[P]:
    request = Request(f"{ROOT}/{name}", [*params, ("limit", "1000")], DIRECTORY_VERSION)
    return listed(client, request, kind, AfterId())
