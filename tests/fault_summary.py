"""The table that the fault suite prints when it has run, by whatever processes it was run."""

from collections import defaultdict

import pytest

PROPERTY = "fault"
"""A test's property: (fault, runs, outcome, wrong totals)."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each fault that was tried: its runs, its outcomes, its wrong totals."""
    lines: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", ()):
                if name == PROPERTY and report.when == "call":
                    fault, *rest = value
                    lines[fault].append(tuple(rest))
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
