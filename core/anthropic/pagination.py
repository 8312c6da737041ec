"""The API's three ways of paging, as objects that notice when an answer leads in circles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from pydantic import BaseModel

from core.anthropic.decoding import decode, validate
from core.anthropic.statuses import Refused
from core.anthropic.transport import Answer, Client
from core.anthropic.words import AGAIN, place
from core.errors import CursorExpired, PaginationBroken

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Params = Sequence[tuple[str, str]]

MOST_PAGES = 10_000
"""More pages than any window can have: a server that never ends is stopped here."""


class Envelope(msgspec.Struct, Generic[T]):
    """What wraps a page's data in any of the schemes; `summaries` is an older name of `data`."""

    data: list[T] | None = None
    summaries: list[T] | None = None
    has_more: bool | None = None
    next_page: str | None = None
    last_id: str | None = None
    data_refreshed_at: datetime | None = None
    organization_id: str | None = None

    def __post_init__(self) -> None:
        if self.data is None and self.summaries is None:
            raise ValueError("Object missing required field `data`")


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


class Scheme(Protocol):
    """One way of paging: the parameter that carries the cursor, and where the next one stands."""

    @property
    def parameter(self) -> str:
        """Return the name of the cursor's parameter."""

    def more(self, envelope: Envelope[Any]) -> bool:
        """Say whether the answer goes on after this page."""

    def cursor(self, envelope: Envelope[Any]) -> str | None:
        """Return the cursor of the next page."""


@dataclass(frozen=True, slots=True)
class NextPage:
    """`page` and `next_page`: the answer ends where no next page is named."""

    parameter: str = "page"

    def more(self, envelope: Envelope[Any]) -> bool:
        """Say whether a next page is named."""
        return bool(envelope.next_page)

    def cursor(self, envelope: Envelope[Any]) -> str | None:
        """Return `next_page`."""
        return envelope.next_page


@dataclass(frozen=True, slots=True)
class NextPageIfMore(NextPage):
    """`page`, `next_page` and `has_more`, which decides; without it `next_page` does."""

    def more(self, envelope: Envelope[Any]) -> bool:
        """Say whether the answer states that more follows."""
        return bool(envelope.next_page) if envelope.has_more is None else envelope.has_more


@dataclass(frozen=True, slots=True)
class AfterId:
    """`after_id` and `last_id`: the next page begins after the last item of this one."""

    parameter: str = "after_id"

    def more(self, envelope: Envelope[Any]) -> bool:
        """Say whether the answer states that more follows."""
        return bool(envelope.has_more)

    def cursor(self, envelope: Envelope[Any]) -> str | None:
        """Return `last_id`."""
        return envelope.last_id


@dataclass
class _Walk:
    """The cursors of one answer; raises PaginationBroken when the way leads nowhere."""

    request: Request
    scheme: Scheme
    cursor: str | None = None
    seen: set[str] = field(default_factory=set)

    @property
    def params(self) -> Params:
        here = [(self.scheme.parameter, self.cursor)] if self.cursor else []
        return [*self.request.params, *here]

    def step(self, envelope: Envelope[Any], request_id: str | None) -> bool:
        """Move to the next page and say whether there is one."""
        if not self.scheme.more(envelope):
            return False
        found = self.scheme.cursor(envelope)
        if not found:
            raise self._broken("It says that more follows and does not say where", request_id)
        if found == self.cursor:
            raise self._broken("A page names itself as the next one", request_id)
        if found in self.seen:
            raise self._broken("A page leads back to one that was read already", request_id)
        if len(self.seen) + 1 >= MOST_PAGES:
            raise self._broken(f"It has not ended after {MOST_PAGES:,} pages", request_id)
        self.seen.add(found)
        self.cursor = found
        return True

    def _broken(self, why: str, request_id: str | None) -> PaginationBroken:
        path = self.request.path
        return PaginationBroken(
            "The pages of Anthropic's answer lead nowhere.",
            f"{why}. {place(path, 200, request_id)}",
            AGAIN,
            http_status=200,
            request_id=request_id,
        )


def pages(
    client: Client, request: Request, kind: Any, scheme: Scheme | None = None
) -> Iterator[Page[Any]]:
    """Yield the pages of an answer, their data as `kind`, each asked for when it is wanted.

    Without a scheme: NextPageIfMore. Raises PaginationBroken, PayloadInvalid, CursorExpired for a
    cursor that died or was refused on the way, and whatever else the client raises.
    """
    decoder = msgspec.json.Decoder(Envelope[kind])
    walk, more = _Walk(request, scheme or NextPageIfMore()), True
    while more:
        answer = _ask(client, walk, decoder)
        found = decode(answer, decoder, request.path)
        # The next cursor is checked first: a broken chain is known before its page is used.
        more = walk.step(found, answer.request_id)
        yield Page(
            (found.data if found.data is not None else found.summaries) or [],
            _utc(found.data_refreshed_at),
            answer.request_id,
            answer.organization_id or found.organization_id,
        )


def listed(
    client: Client, request: Request, kind: type[M], scheme: Scheme | None = None
) -> list[M]:
    """Return every item of a small answer, all pages; raises as `pages` does."""
    return [
        item
        for page in pages(client, request, dict, scheme)
        for item in validate(page.data, kind, request.path, page.request_id)
    ]


def _ask(client: Client, walk: _Walk, decoder: msgspec.json.Decoder[Any]) -> Answer:
    """Return the next page's answer; a refusal of nothing but the cursor restarts the window."""
    request, refused = walk.request, None
    try:
        return client.get(
            request.path,
            walk.params,
            version=request.version,
            beta=request.beta,
            parse=decoder.decode,
        )
    except Refused as error:
        if walk.cursor is None:
            raise
        refused = error
    raise CursorExpired(
        "Anthropic does not continue an answer that it had begun.",
        refused.cause,
        "The window is read again from its first page.",
        http_status=refused.http_status,
        request_id=refused.request_id,
    )


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
