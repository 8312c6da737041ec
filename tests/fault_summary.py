"""The table that the fault suite prints when it has run, by whatever processes it was run."""

from collections import defaultdict

import pytest

PROPERTY = "fault"
"""A test's property: (fault, runs, outcome, wrong totals)."""


Line = tuple[int, str, int]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each fault that was tried: its runs, its outcomes, its wrong totals."""
    lines = _noted(terminalreporter)
    if not lines:
        return
    terminalreporter.section("faults")
    wide = max(map(len, lines))
    terminalreporter.line(f"{'fault':{wide}}  runs  wrong totals  outcome")
    for fault in sorted(lines):
        runs, outcomes, wrong = zip(*lines[fault], strict=True)
        words = ", ".join(sorted(set(outcomes)))
        terminalreporter.line(f"{fault:{wide}}  {sum(runs):4}  {sum(wrong):12}  {words}")
    every = [entry for entries in lines.values() for entry in entries]
    total, bad = sum(entry[0] for entry in every), sum(entry[2] for entry in every)
    terminalreporter.line(f"{len(lines)} faults, {total} runs, {bad} wrong totals")


def _noted(terminalreporter: pytest.TerminalReporter) -> dict[str, list[Line]]:
    """Return the lines by fault; a test that failed counts as a wrong total, whatever it was."""
    lines: dict[str, list[Line]] = defaultdict(list)
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == PROPERTY:
                fault, *rest = value
                lines[fault].append(tuple(rest))
    for report in terminalreporter.stats.get("failed", []):
        if report.nodeid.startswith("tests/faults/"):
            lines[report.nodeid.partition("::")[2]].append((1, "FAILED", 1))
    return lines
