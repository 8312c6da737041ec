"""The API's three ways of paging, as objects that notice when an answer leads in circles."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from core.anthropic.transport import Client
from core.errors import PaginationBroken

T = TypeVar("T")
Params = Sequence[tuple[str, str]]

MOST_PAGES = 10_000
"""More pages than any window can have: a server that never ends is stopped here."""


class Envelope(msgspec.Struct, Generic[T]):
    """What wraps a page's data in any of the schemes."""

    data: list[T]
    has_more: bool | None = None
    next_page: str | None = None
    last_id: str | None = None
    data_refreshed_at: datetime | None = None
    organization_id: str | None = None


class SummaryEnvelope(msgspec.Struct, Generic[T]):
    """The older form of the summaries' envelope."""

    summaries: list[T]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its rows or buckets, the export that it came from, and whom it belongs to."""

    data: list[T]
    data_refreshed_at: datetime | None = None
    request_id: str | None = None
    organization_id: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Everything of a request but its cursor; only the cursor changes from page to page."""

    path: str
    params: Params
    version: str
    beta: str | None = None


@dataclass
class Cursors:
    """Remembers the cursors of one answer; raises PaginationBroken when one comes again."""

    path: str
    seen: set[str] = field(default_factory=set)

    def next(self, cursor: str) -> str:
        """Return the cursor if it is new."""
        if cursor in self.seen:
            raise _broken(self.path, "A page named a next page that had been read already.")
        if len(self.seen) >= MOST_PAGES:
            raise _broken(self.path, f"It had not ended after {MOST_PAGES} pages.")
        self.seen.add(cursor)
        return cursor


def by_page(
    client: Client, request: Request, kind: Any, *, has_more: bool = True
) -> Iterator[Page[Any]]:
    """Yield the pages of an answer that names its next page.

    `has_more` says whether this endpoint states that more follows; without it an answer ends where
    no next page is named. Raises PaginationBroken, and whatever the transport raises.
    """
    decoder = msgspec.json.Decoder(Envelope[kind])
    cursors, cursor = Cursors(request.path), None
    while True:
        params = [*request.params, *([("page", cursor)] if cursor else [])]
        found = _get(client, request, params, decoder.decode)
        yield Page(
            found.data, found.data_refreshed_at, client.meta.request_id, found.organization_id
        )
        more = found.has_more if has_more and found.has_more is not None else bool(found.next_page)
        if not more:
            return
        if not found.next_page:
            raise _broken(request.path, "It says that more follows and names no next page.")
        cursor = cursors.next(found.next_page)


def by_id(client: Client, request: Request, kind: Any) -> Iterator[Page[Any]]:
    """Yield the pages of an answer that continues after an id. Raises PaginationBroken."""
    decoder = msgspec.json.Decoder(Envelope[kind])
    cursors, after = Cursors(request.path), None
    while True:
        params = [*request.params, *([("after_id", after)] if after else [])]
        found = _get(client, request, params, decoder.decode)
        yield Page(found.data, None, client.meta.request_id, found.organization_id)
        if not found.has_more:
            return
        if not found.last_id:
            raise _broken(request.path, "It says that more follows and names no last id.")
        after = cursors.next(found.last_id)


def _get(client: Client, request: Request, params: Params, decode: Callable[[bytes], Any]) -> Any:
    return client.get(request.path, params, decode, version=request.version, beta=request.beta)


def _broken(path: str, why: str) -> PaginationBroken:
    return PaginationBroken(
        f"The pages of {path} lead nowhere.",
        why,
        "Nothing of this window was written. Sync again; if it stays, please report it.",
    )
