"""`claude-spend doctor`: is everything in order, and what has a person to do?"""

from collections.abc import Iterable
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from core.cli import diagnosis, ledger, options, output
from core.cli.failures import STOPPED
from core.cli.reach import api
from core.errors import Finding, SpendError

_SIGNS = {"info": ("ok", "green"), "warning": ("!", "yellow"), "error": ("X", "bold red")}

_FINE = "Everything is in order."

_LOOKS = {
    "database": diagnosis.database,
    "secret_key": diagnosis.secret_key,
    "reachability": api,
    "syncs": diagnosis.syncs,
    "coverage": diagnosis.coverage,
    "disk": diagnosis.disk,
}


def doctor(as_json: options.Json = False) -> int:
    """Check the database, the secret key, the clock, the network, coverage, syncs and the disk.

    Exit status 1 when something needs a person.
    """
    checks = _examine()
    ok = all(check.ok for check in checks)
    content: dict[str, Any] = {
        "ok": ok,
        "checks": [check.as_dict() for check in checks],
        "findings": [_finding(check).as_dict() for check in checks if check.severity != "info"],
    }
    if not ok:
        content["error"] = next(
            {"code": c.code, "title": c.detail, "cause": c.cause, "fix": c.fix}
            for c in checks
            if not c.ok
        )
    return output.deliver(content, as_json, _draw, 0 if ok else STOPPED)


def _examine() -> list[diagnosis.Check]:
    try:
        with ledger.own() as here:
            return [
                check
                for name, look in _LOOKS.items()
                for check in diagnosis.guarded(name, lambda look=look: look(here))  # type: ignore[misc]
            ]
    except SpendError as error:
        # The database does not open: whatever else there is to look at lies inside it.
        return [diagnosis.failed("database", error)]


def _finding(check: diagnosis.Check) -> Finding:
    return Finding(check.code or check.name, check.severity, check.detail, check.cause, check.fix)


def _draw(content: output.Document) -> Iterable[RenderableType]:
    for check in content["checks"]:
        sign, style = _SIGNS[check["severity"]]
        line = Text.assemble((f"{sign:>2} ", style), output.plain(check["name"]), ": ")
        line.append(output.plain(check["detail"]))
        if check["cause"]:
            line.append(f" {output.plain(check['cause'])}")
        if check["fix"]:
            line.append(f"\n   To do: {output.plain(check['fix'])}")
        yield line
    yield _verdict(content)


def _verdict(content: output.Document) -> str:
    if not content["ok"]:
        return "Something needs a person, see above."
    # Warnings are findings too: a line that says "in order" below them would contradict them.
    return "Nothing needs a person; see the warnings." if content["findings"] else _FINE
