"""What a command says: one JSON document or tables on standard output, the rest on standard error.

Names come from outside. They are drawn as plain text, never as markup, and characters that a
terminal would obey (escape sequences, direction overrides) are replaced.
"""

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

Document = Mapping[str, Any]
"""What a command found out, ready for JSON: text, integers, booleans, null, lists, objects."""

_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}
_WIDE = 10_000
"""Columns of a console that is no terminal: a figure cut short by a pipe would be a wrong one."""


def plain(value: object) -> str:
    """Return a value as text for a terminal; null becomes a dash."""
    if value is None:
        return "-"
    return "".join("�" if unicodedata.category(c) in _OBEYED else c for c in str(value))


def _console(stream: Any) -> Console:
    return Console(
        file=stream, width=None if stream.isatty() else _WIDE, highlight=False, soft_wrap=False
    )


def show(item: RenderableType) -> None:
    """Draw something on standard output; a text may hold names, so it is no markup."""
    lines = Text("\n".join(map(plain, item.split("\n")))) if isinstance(item, str) else item
    _console(sys.stdout).print(lines)


def note(text: str, style: str = "") -> None:
    """Say something on standard error."""
    _console(sys.stderr).print(Text(plain(text), style=style))


def tell(content: Document) -> None:
    """Say a finding on standard error."""
    _console(sys.stderr).print(finding(content))


def document(content: Document) -> None:
    """Print one JSON document, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(content, indent=2, allow_nan=False) + "\n")
    sys.stdout.flush()


def flush() -> None:
    """Send on what was printed; a reader that has gone away (`| head`) is no failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would try once more at exit, and complain.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def moment(when: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, to the last digit that is known of it."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], numbers: Collection[str] = ()
) -> Table:
    """Return a table; the columns named in `numbers` are set to the right and never cut."""
    drawn = Table(header_style="bold", show_edge=False, pad_edge=False)
    for name in columns:
        right = name in numbers
        drawn.add_column(
            plain(name), justify="right" if right else "left", no_wrap=right, overflow="fold"
        )
    for row in rows:
        drawn.add_row(*(Text(plain(cell)) for cell in row))
    return drawn


def finding(content: Document) -> Text:
    """Return a finding (or an error object) as a paragraph: what, why, what to do, its code."""
    severity = content.get("severity", "error")
    text = Text()
    text.append(f"{str(severity).capitalize()}: ", style=_STYLES.get(severity, ""))
    text.append(plain(content["title"]))
    for label, key in (("Why", "cause"), ("To do", "fix")):
        if content.get(key):
            text.append(f"\n  {label}: {plain(content[key])}")
    status, request = content.get("http_status"), content.get("request_id")
    marks = [content["code"], status and f"HTTP {status}", request]
    text.append(f"\n  [{', '.join(plain(mark) for mark in marks if mark)}]", style="dim")
    return text


def deliver(
    content: Document,
    as_json: bool,
    draw: Callable[[Document], Iterable[RenderableType]],
    status: int = 0,
) -> int:
    """Print a command's document, or draw it for people, and return its exit status."""
    if as_json:
        document(content)
    else:
        for item in draw(content):
            show(item)
    return status
