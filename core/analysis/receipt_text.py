"""A receipt as text: lines for people, then one line that asks the same question again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from core import money
from core.analysis.query import Query
from core.analysis.receipt import Receipt
from core.analysis.receipt_books import Books, Fetched
from core.analysis.receipt_seal import damaged, opened, plain, seal
from core.calendar import Span, parse_day, parse_moment
from core.errors import BadInput, SpendError
from core.ledger.cuts import Kind

_BASES = {
    "counted_once": "each dollar counted once",
    "reported": "as each source reported it",
    "counted_twice": "only what stands in two books",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a receipt's text asks, and the figure that it gives.

    `total` is in the measure's units; `window` is the newest one that the figure knew.
    """

    query: Query
    total: int
    ledger: str
    version: int
    window: int
    read_at: datetime | None
    as_of: datetime | None
    side: Kind | None


class _Line(BaseModel):
    """The text's last line but one."""

    model_config = ConfigDict(extra="forbid", strict=True)

    measure: str
    total: str
    start: str
    end: str
    by: list[str]
    where: list[tuple[str, str | None]]
    connections: list[str]
    basis: str
    ledger: str
    version: int
    window: int
    read_at: str | None
    as_of: str | None
    side: Kind | None


def as_text(receipt: Receipt) -> str:
    """Return a receipt as text, the same for the same receipt; `read` is its inverse."""
    return seal(_lines(receipt), _canonical(receipt))


def read(text: str) -> Asked:
    """Return what a receipt's text asks; line ends and other white space do not matter.

    Raises BadValue where it is no receipt, or not as it was written.
    """
    line = opened(text)
    try:
        return _asked(_Line.model_validate_json(line))
    except (ValidationError, SpendError) as error:
        why = str(error) if isinstance(error, BadInput) else "Its line Replay cannot be read."
        raise damaged(why) from None


def figure(value: int, measure: str) -> str:
    """Return a figure to its last digit: `$1234.5678`, or a plain count."""
    return f"${money.dollars(value)}".replace("$-", "-$") if _is_money(measure) else str(value)


def _is_money(measure: str) -> bool:
    return measure in ("cost", "list_cost")


def _canonical(receipt: Receipt) -> str:
    asked = receipt.query
    money_or_count = money.dollars if _is_money(asked.measure) else str
    line = _Line(
        measure=asked.measure,
        total=money_or_count(receipt.total),
        start=asked.span.start.isoformat(),
        end=asked.span.end.isoformat(),
        by=list(asked.by),
        where=list(asked.where),
        connections=list(asked.connections),
        basis=asked.basis,
        ledger=receipt.ledger,
        version=receipt.version,
        window=receipt.window,
        read_at=_moment(receipt.read_at),
        as_of=_moment(receipt.as_of),
        side=receipt.side,
    )
    return json.dumps(line.model_dump(), separators=(",", ":"))


def _asked(line: _Line) -> Asked:
    span = Span(parse_day(line.start), parse_day(line.end))
    query = Query(tuple(line.by), line.measure, span, tuple(line.where), tuple(line.connections),
                  line.basis)  # fmt: skip
    if _is_money(line.measure):
        total = money.from_dollars(line.total)
    elif line.total.removeprefix("-").isdecimal():
        total = int(line.total)
    else:
        raise damaged(f"{line.total!r} is no count.")
    return Asked(query, total, line.ledger, line.version, line.window, _when(line.read_at),
                 _when(line.as_of), line.side)  # fmt: skip


def _when(text: str | None) -> datetime | None:
    return None if text is None else parse_moment(text)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _lines(receipt: Receipt) -> Iterator[str]:
    query = receipt.query
    yield f"Receipt: {figure(receipt.total, query.measure)}"
    yield f"Measure: {query.measure}, {_BASES[query.basis]}"
    yield f"Days: {_days(query.span.start, query.span.end - timedelta(1))}, {query.span.days} (UTC)"
    yield f"Divided by: {', '.join(query.by) or 'nothing'}"
    yield f"Filters: {_filters(query)}"
    yield f"Connections: {_connections(receipt)}"
    yield f"Final: {_final(receipt.provisional_from)}"
    yield f"Anthropic's data as of: {_refreshed(receipt)}"
    as_of = f", as it stood at {_moment(receipt.as_of)}" if receipt.as_of else ""
    yield f"Ledger: {receipt.ledger or 'unnamed'}, version {receipt.version}{as_of}"
    yield f"Made of: {receipt.rows} ledger rows"
    for part in receipt.parts:
        sum_ = figure(part.total, query.measure)
        yield f"  {part.cut}: {sum_}, {part.rows} rows, {part.figure}"
    yield from _left_out(receipt)
    for one in receipt.books:
        yield from _source(one)


def _left_out(receipt: Receipt) -> Iterator[str]:
    measure = receipt.query.measure
    whole = sum(one.total for one in receipt.excluded)
    yield f"Left out because it stands in two books: {figure(whole, measure)}"
    for one in receipt.excluded:
        of = f" of {plain(one.connection)}" if one.connection else ""
        yield f"  {figure(one.total, measure)}{of}, rule {one.rule}: {one.why}"


def _source(one: Books) -> Iterator[str]:
    row = one.connection
    said = (plain(text) for text in (row.organization_name, row.organization_id) if text)
    spoken = ", ".join(protocol for protocol, _, _ in one.reports) or "nothing read"
    yield f"Connection: {plain(row.name)} ({row.kind}, {spoken})"
    yield f"  Organization: {', '.join(said) or 'not known'}"
    for _, name, endpoints in one.reports:
        yield f"  Report: {name}, {' and '.join(endpoints)}"
    yield (
        f"  Days: {one.present} present, {one.missing} missing, {one.capped} capped, "
        f"{one.others} outside its history; {_final(one.provisional_from)}"
    )
    for window in one.windows:
        yield _window(window)


def _window(window: Fetched) -> str:
    asof = _moment(window.data_refreshed_at)
    return (
        f"  Window {window.window}: {_days(window.first, window.last)}, {window.days} days, "
        f"read {_moment(window.fetched_at)} in sync {window.run}"
        + (f", data as of {asof}" if asof else "")
    )


def _days(first: date, last: date) -> str:
    return f"{first}" if last <= first else f"{first} to {last}"


def _connections(receipt: Receipt) -> str:
    if receipt.query.connections:
        return ", ".join(map(plain, receipt.query.connections))
    return f"all of {receipt.side}, and its own books only" if receipt.side else "all"


def _filters(query: Query) -> str:
    pairs: dict[str, list[str]] = {}
    for dim, value in query.where:
        pairs.setdefault(dim, []).append(plain(value) if value else "(none)")
    return "; ".join(f"{dim} = {' or '.join(values)}" for dim, values in pairs.items()) or "none"


def _final(start: date | None) -> str:
    return "all days are final" if start is None else f"provisional from {start}"


def _refreshed(receipt: Receipt) -> str:
    if receipt.refreshed is None:
        return "not said by these reports"
    oldest, newest = map(_moment, receipt.refreshed)
    return f"{oldest}" if oldest == newest else f"{oldest} (oldest), {newest} (newest)"
