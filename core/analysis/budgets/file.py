"""Budgets as a CSV file: out and in again without a difference, whole or not at all."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Literal, TypeVar

from core.analysis.budgets.spent import filter_of
from core.calendar import parse_day
from core.errors import BadValue, SpendError
from core.ledger.budgets import BudgetRow, check
from core.money import dollars, from_dollars

HEADER = ("name", "parent", "amount", "from", "through", "where", "connections", "note")
"""The columns. `amount` is US dollars, empty for the children's sum; `from` and `through` are
months, YYYY-MM, the last one included; `where` holds DIM=VALUE, several of them parted by `;`."""

EXAMPLE = """name,parent,amount,from,through,where,connections,note
Everything,,40000.00,2026-11,,,,
Production,Everything,25000.00,2026-11,2026-12,workspace=Production,,until the launch
"""

_T = TypeVar("_T")

LARGEST_FILE = 1_000_000
"""Characters; a budget is a line, so more is some other file."""

_FORMULA = re.compile(r"'*[=+\-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20]|''")
_ESCAPED = re.compile(r"''*[=+\-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20]|'''")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_AMOUNT = re.compile(r"\$?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")


def written(budgets: Iterable[BudgetRow]) -> str:
    """Return budgets as CSV; a text that a spreadsheet would run as a formula begins with `'`."""
    lines = [_line(HEADER)]
    for b in budgets:
        texts = (b.name, b.parent, "" if b.amount is None else dollars(b.amount),
                 f"{b.first:%Y-%m}", f"{b.last:%Y-%m}" if b.last else "",
                 _list([f"{dim}={value}" for dim, value in b.where]), _list(b.connections),
                 b.note)  # fmt: skip
        lines.append(_line([_safe(text) for text in texts]))
    return "".join(lines)


def read(text: str) -> list[BudgetRow]:
    """Return the budgets of a CSV text; raises BadValue, which names line and column."""
    if len(text) > LARGEST_FILE:
        raise _refused("The file is too large.", "It has more than a million characters.")
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    found: list[BudgetRow] = []
    lines: dict[str, int] = {}
    try:
        names = _header(next(reader, []))
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                raise _refused(f"Line {reader.line_num} has {len(cells)} values.",
                               f"The header has {len(names)} names.")  # fmt: skip
            row = {name: _plain(cell) for name, cell in zip(names, cells, strict=True)}
            budget = _budget(reader.line_num, row)
            if budget.name in lines:
                raise _cell(reader.line_num, "name", f"{budget.name!r} stands in line "
                            f"{lines[budget.name]} already.")  # fmt: skip
            lines[budget.name] = reader.line_num
            found.append(budget)
    except csv.Error as error:
        raise _refused(f"Line {reader.line_num} cannot be read as CSV.", f"{error}.") from error
    return found


def check_parents(found: Sequence[BudgetRow], there: Sequence[BudgetRow]) -> None:
    """Raise BadValue for a parent that neither the file nor the ledger knows."""
    names = {b.name for b in (*found, *there)}
    for b in found:
        if b.parent and b.parent not in names:
            raise _refused(f"The budget {b.name!r}, column parent: there is no {b.parent!r}.",
                           f"There are: {', '.join(sorted(names))}.")  # fmt: skip


def month(text: str) -> date:
    """Return the first day of a month written YYYY-MM; raises BadValue."""
    plain = text.strip()
    if not _MONTH.fullmatch(plain):
        raise BadValue(f"{plain!r} is not a month.",
                       "Months are written YYYY-MM and are months of UTC days.",
                       "Write the month as in 2026-11.")  # fmt: skip
    return parse_day(f"{plain}-01")


def text_of(data: bytes) -> str:
    """Return the text of a file in UTF-8; raises BadValue for any other, which loses letters."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("The file is not UTF-8 text.",
                       f"Byte {error.start + 1} belongs to no letter of it: it is another kind of "
                       "file, or was saved in an older encoding.") from error  # fmt: skip


def amount(text: str) -> int | None:
    """Return dollars as units of 1e-8 cents, None for an empty text; raises BadValue."""
    plain = text.strip()
    if not plain:
        return None
    if not _AMOUNT.fullmatch(plain):
        raise BadValue(
            f"{plain!r} is no amount.",
            "Amounts are US dollars with a point before the cents, and commas between thousands.",
            "Write it as in 1204.50 or 1,204.50.",
        )
    return from_dollars(plain)


def pairs(parts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return DIM=VALUE texts as pairs, an empty value for: without one; raises BadValue."""
    found = []
    for part in parts:
        dim, equals, value = part.partition("=")
        if not equals:
            raise BadValue(f"{part!r} is not of the form DIM=VALUE.", "It has no equals sign.",
                           "Write it as in workspace=Production.")  # fmt: skip
        found.append((dim.strip(), value))
    return tuple(found)


def texts(cell: str) -> tuple[str, ...]:
    """Return the texts of a cell that are parted by `;`, quoted where they hold one."""
    rows = list(csv.reader([cell], delimiter=";", strict=True)) if cell.strip() else []
    return tuple(text for row in rows for text in row)


def _budget(line: int, row: dict[str, str]) -> BudgetRow:
    last = _of(line, "through", lambda: month(row["through"]) if row.get("through") else None)
    found = BudgetRow(
        row["name"].strip(), _of(line, "from", lambda: month(row["from"])),
        _of(line, "amount", lambda: amount(row.get("amount", ""))), row.get("parent", "").strip(),
        _of(line, "where", lambda: pairs(texts(row.get("where", "")))),
        _of(line, "connections", lambda: texts(row.get("connections", ""))),
        last, row.get("note", ""),
    )  # fmt: skip
    _of(line, "where", lambda: filter_of(found))
    _of(line, "through" if found.name else "name", lambda: check(found))
    return found


def _of(line: int, column: str, make: Callable[[], _T]) -> _T:
    try:
        return make()
    except (SpendError, csv.Error) as error:
        why = f"{error.title} {error.cause}" if isinstance(error, SpendError) else f"{error}."
        raise _cell(line, column, why) from error


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    odd = [name for name in names if name not in HEADER]
    if odd or len(set(names)) < len(names) or not {"name", "from"} <= set(names):
        said = f"{odd[0]!r} is not one of them." if odd else "`name` and `from` are needed, once."
        raise _refused("Line 1: the columns are not those of budgets.",
                       f"{said} There are: {', '.join(HEADER)}.")  # fmt: skip
    return names


def _list(parts: Sequence[str]) -> str:
    return _line(parts, ";", "")


def _line(parts: Sequence[str], delimiter: str = ",", end: str = "\n") -> str:
    out = io.StringIO()
    # A carriage return is no reason for quotes to Python's writer, but its reader stumbles over it.
    quoted: Literal[0, 1] = (
        csv.QUOTE_ALL if any("\r" in part for part in parts) else csv.QUOTE_MINIMAL
    )
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoted).writerow(parts)
    return out.getvalue()


def _safe(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _plain(text: str) -> str:
    return text[1:] if _ESCAPED.match(text) else text


def _cell(line: int, column: str, why: str) -> BadValue:
    return _refused(f"Line {line}, column {column}, cannot be kept.", why)


def _refused(title: str, why: str) -> BadValue:
    return BadValue(title, why, "Nothing of the file was kept. Correct it and import it again.")
