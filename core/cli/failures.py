"""Every way in which a command can fail, as an exit status and a message with cause and fix."""

import logging
import traceback
from pathlib import Path

from core.cli import output
from core.errors import SpendError

STOPPED = 1
USAGE = 2
PARTLY = 3

_log = logging.getLogger("core.cli")


class Failure(Exception):
    """A command that ends with a document of its own, which holds an `error` object."""

    def __init__(self, content: output.Document, status: int = STOPPED) -> None:
        super().__init__(content["error"]["title"])
        self.content = content
        self.status = status


def as_error(error: SpendError) -> dict[str, str | int | None]:
    """Return a failure as the `error` object of the contract."""
    return error_object(error.finding().as_dict())


def error_object(finding: output.Document) -> dict[str, str | int | None]:
    """Return a finding as the `error` object of the contract."""
    kept = ("code", "title", "cause", "fix", "http_status", "request_id")
    return {name: finding[name] for name in kept if name in finding}


def usage(message: str, command: str) -> dict[str, str]:
    """Return the `error` object for words that the command line cannot follow."""
    return {
        "code": "usage",
        "title": message,
        "cause": "The words of the command are not those that it knows.",
        "fix": f"Run `{command} --help` to see what it takes.",
    }


def stopped(code: str) -> dict[str, str]:
    """Return the `error` object for a command that was `interrupted` or `terminated`."""
    return {
        "code": code,
        "title": f"The command was {code} before it was done.",
        "cause": "It was asked to stop.",
        "fix": "What was complete is kept, and nothing is half written. Run it again to go on.",
    }


def unexpected(error: Exception) -> dict[str, str]:
    """Return the `error` object for a mistake of ours; its traceback goes to the log at DEBUG.

    The exception's own text stays out of it: nobody has looked at what it may quote.
    """
    _log.debug("the command failed", exc_info=error)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" at {Path(frame.filename).name}:{frame.lineno}" for frame in last)
    return {
        "code": "internal_error",
        "title": "Something went wrong that claude-spend did not expect.",
        "cause": f"{type(error).__name__}{where}.",
        "fix": "The ledger keeps what it had. Run the command again with CLAUDE_SPEND_LOG=DEBUG "
        "and report what it logs.",
    }


def tell(content: output.Document, as_json: bool) -> None:
    """Print a failure: on standard output as JSON, for people on standard error."""
    if as_json:
        output.document(content)
        return
    findings = content.get("findings") or [content["error"]]
    for finding in findings:
        output.tell(finding)
