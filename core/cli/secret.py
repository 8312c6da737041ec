"""What must not be seen comes in through standard input, line by line, or a prompt without echo.

Arguments are seen by every user of the machine and kept in the shell's history.
"""

import getpass
import sys
from typing import TYPE_CHECKING

from core.cli import output
from core.errors import BadValue

if TYPE_CHECKING:
    from pydantic import SecretStr

_LONGEST = 65_536


def read_secret(what: str) -> "SecretStr":
    """Return the next line of standard input, on a terminal what is typed unseen.

    Raises BadValue where there is none, or where it is no text.
    """
    from pydantic import SecretStr

    text = _line(what)
    if not text:
        raise BadValue(
            f"No {what} was given.",
            "It is read from standard input, one line for each thing asked for.",
            f"Pipe the {what} in, or run the command on a terminal, which asks for it.",
        )
    return SecretStr(text)


def _line(what: str) -> str:
    if sys.stdin is None:
        return ""
    try:
        if sys.stdin.isatty():
            return getpass.getpass(f"{what} (nothing is shown while you type): ").strip()
        output.note(f"Reading the {what} from standard input.", "dim")
        return sys.stdin.readline(_LONGEST).strip()
    except (EOFError, UnicodeDecodeError):
        return ""
