"""Invoices out of a file or a form: exact amounts, and a finding for whatever cannot be read."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence

from core.calendar import Span, next_month, parse_day
from core.errors import AmountRefused, BadValue, Finding, SpendError
from core.ledger.book import ConnectionRow
from core.ledger.invoices import SOURCES, InvoiceRow, check
from core.money import from_dollars

HEADER = (
    "number", "month", "from", "to", "source", "connection", "total", "credits", "tax",
    "seat_fees", "other_fees", "note",
)  # fmt: skip
"""The columns of a CSV file and the keys of a JSON object. `total` is needed, `month` (YYYY-MM) or
`from` and `to` (the day after the last one), and `source` or `connection`; the rest may be left
out. Amounts are US dollars; credits are positive."""

EXAMPLE = """number,month,source,total,credits,tax,seat_fees,other_fees,note
INV-1042,2026-10,enterprise,21480.55,500.00,0.00,4800.00,0.00,October
"""

LARGEST_FILE = 1_000_000
"""Characters; an invoice is a line, so more is some other file."""

_DOLLARS = re.compile(r"-?\$?-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
"""`1.204,50` must not become $1.20, so commas stand between thousands or not at all."""

_AMOUNTS = ("total", "credits", "tax", "seat_fees", "other_fees")


def read(text: str, connections: Sequence[ConnectionRow]) -> tuple[list[InvoiceRow], list[Finding]]:
    """Return the invoices of a CSV or JSON text, and a finding for each that cannot be read."""
    try:
        records = list(_records(text.removeprefix("\ufeff")))
    except RecursionError:
        return [], [_unreadable(ValueError("Its brackets are nested too deeply"))]
    except (csv.Error, ValueError, BadValue) as error:
        return [], [_unreadable(error)]
    if not records:
        return [], [_unreadable(ValueError("It holds no invoice"))]
    invoices, findings = [], []
    for number, record in records:
        try:
            invoices.append(invoice_of(record, connections))
        except SpendError as error:
            findings.append(_line(number, error))
    return invoices, findings


def invoice_of(record: Mapping[str, str], connections: Sequence[ConnectionRow]) -> InvoiceRow:
    """Return the invoice of texts by HEADER; raises BadValue."""
    source, connection_id = _source(record, connections)
    amounts = {name: _amount(name, record.get(name, "")) for name in _AMOUNTS}
    made = InvoiceRow(
        source,
        _period(record),
        amounts["total"],
        amounts["credits"],
        amounts["tax"],
        amounts["seat_fees"],
        amounts["other_fees"],
        record.get("number", "").strip(),
        record.get("note", "").strip(),
        connection_id,
    )
    check(made)
    return made


def _records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    if len(text) > LARGEST_FILE:
        raise BadValue("The file is too large.", "It has more than a million characters.",
                       "Split it into smaller ones.")  # fmt: skip
    if text.lstrip().startswith(("{", "[")):
        yield from enumerate(_objects(text), 1)
        return
    reader = csv.DictReader(io.StringIO(text.strip()), skipinitialspace=True, strict=True)
    names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    _known(names)
    reader.fieldnames = names
    for row in reader:
        if None in row:
            raise BadValue(
                f"Line {reader.line_num} has more values than the header has names.",
                "A thousands separator in an amount may have split it.",
                'Put such an amount in quotes: "1,204.50".',
            )
        yield reader.line_num, {name: value or "" for name, value in row.items()}


def _objects(text: str) -> Iterator[dict[str, str]]:
    # Numbers stay the text that they are: an amount never passes through a float.
    found = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    rows = found.get("invoices", [found]) if isinstance(found, dict) else found
    for row in rows if isinstance(rows, list) else [rows]:
        if not isinstance(row, dict):
            raise BadValue(
                "The file holds no invoices.",
                "Each must be a JSON object.",
                f"Write each as an object with the names {', '.join(HEADER)}.",
            )
        named = {str(name).strip().lower(): value for name, value in row.items()}
        _known(list(named))
        yield {name: "" if value is None else str(value) for name, value in named.items()}


def _known(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in HEADER]
    if unknown or len(set(names)) < len(names) or "total" not in names:
        said = f"{unknown[0]!r} is not one of them." if unknown else "`total` is needed, each once."
        raise BadValue(
            "The file's columns are not those of invoices.",
            f"{said} There are: {', '.join(HEADER)}.",
            "Rename the columns, or leave out what is not in this list.",
        )


def _period(record: Mapping[str, str]) -> Span:
    month = record.get("month", "").strip()
    first, end = record.get("from", "").strip(), record.get("to", "").strip()
    if month and not (first or end):
        start = parse_day(f"{month}-01")
        return Span(start, next_month(start))
    if month or not first or not end:
        raise BadValue(
            "The invoice's period is not clear.",
            "It needs `month`, or both `from` and `to`, and not all of them.",
            "Write a month as 2026-10; `to` is the day after the last one.",
        )
    return Span(parse_day(first), parse_day(end))


def _source(
    record: Mapping[str, str], connections: Sequence[ConnectionRow]
) -> tuple[str, int | None]:
    name, source = record.get("connection", "").strip(), record.get("source", "").strip().lower()
    if not name:
        if source not in SOURCES:
            raise BadValue(
                f"The invoice's source is {source!r}.",
                f"It is one of {', '.join(SOURCES)}, or `connection` names one.",
                "Write whose invoice it is.",
            )
        return source, None
    found = [c for c in connections if c.name.casefold() == name.casefold()]
    if not found or source not in ("", found[0].kind):
        raise BadValue(
            f"There is no connection {name!r}" + (f" of {source}." if source else "."),
            f"The ledger knows: {', '.join(c.name for c in connections) or 'none yet'}.",
            "Use one of these names, or give the source alone.",
        )
    return found[0].kind, found[0].id


def _amount(name: str, text: str) -> int:
    plain = text.strip()
    if not plain and name != "total":
        return 0
    if not _DOLLARS.fullmatch(plain):
        word = name.replace("_", " ")
        raise BadValue(
            f"The invoice's {word} {plain!r} is no amount." if plain else "It has no total.",
            "Amounts are US dollars with a point before the cents and commas between thousands.",
            "Write it as in 1204.50 or 1,204.50.",
        )
    try:
        units = from_dollars(plain)
    except AmountRefused as refused:
        raise BadValue(
            f"The invoice's {name.replace('_', ' ')} cannot be kept exactly.", refused.cause,
            "Compare it with the invoice and correct it.",
        ) from None  # fmt: skip
    # Credits are often written as what they are on the bill: less than nothing.
    return abs(units) if name == "credits" else units


def _line(number: int, error: SpendError) -> Finding:
    return Finding("invoice_unreadable", "error", f"Line {number}: {error.title}", error.cause,
                   error.fix)  # fmt: skip


def _unreadable(error: Exception) -> Finding:
    if isinstance(error, SpendError):
        return error.finding()
    return Finding(
        "invoice_unreadable", "error", "The file cannot be read as CSV or JSON.", f"{error}.",
        f"Give CSV with this header: {','.join(HEADER)}.",
    )  # fmt: skip
