"""What all receipts' texts end in: one line that asks again, and one that tells damage.

The check proves nothing about who wrote the text; it tells words that were changed or lost.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from typing import Any

from core.errors import BadValue, Finding

_REPLAY = "\nReplay: "
_CHECK = "\nCheck: "
_OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def seal(lines: Iterable[str], replay: str) -> str:
    """Return a receipt's whole text: its lines, the line that asks again (JSON), and the check."""
    body = "\n".join(lines) + _REPLAY + replay
    return f"{body}{_CHECK}{_check(body)}\n"


def opened(text: str) -> str:
    """Return the line that asks again; line ends and other white space do not matter.

    Raises BadValue where the text is no receipt, or not as it was written.
    """
    body, mark, check = text.replace("\r\n", "\n").strip().rpartition(_CHECK)
    _, found, line = body.rpartition(_REPLAY)
    if not mark or not found:
        raise damaged("It does not end in the lines that begin with Replay and Check.")
    if _check(body) != check.strip():
        raise damaged("Its last line does not fit the lines above: something was changed or lost.")
    return line


def damaged(why: str) -> BadValue:
    """Return the error of a text that is no receipt, to be raised."""
    return BadValue(
        "This is not a receipt, or not a whole one.",
        why,
        "Copy the receipt again, from its first line to its last.",
    )


def elsewhere(theirs: str, ours: str) -> Finding:
    """Return what to say of a receipt that names another ledger than this one."""
    return Finding(
        "receipt_other_ledger",
        "error",
        "The receipt was made from another ledger.",
        f"It names the database {theirs!r}; this one is {ours!r}.",
        "Replay it where it was made; CLAUDE_SPEND_DATABASE_URL and CLAUDE_SPEND_DEMO choose the "
        "ledger.",
    )


def plain(text: Any) -> str:
    """Return a name as one line that no terminal and no reader obeys."""
    return "".join("�" if unicodedata.category(c) in _OBEYED else c for c in str(text))


def _check(body: str) -> str:
    # Mail and chat wrap lines and change spaces; words and figures are what counts.
    return hashlib.sha256(" ".join(body.split()).encode()).hexdigest()[:16]
