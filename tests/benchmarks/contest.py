"""Runs contenders one after the other, each in a fresh process, and prints their ratios."""

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

Contender = Callable[[str, date, date, Path], int]
"""Takes the server's URL, the first day, the day after the last and a folder of its own."""

IMPORTS = {
    "revefi": "revefi_usage_sdk.providers.anthropic",
    "unpaced": "revefi_usage_sdk.providers.anthropic",
    "dlt": "dlt.sources.rest_api",
    "dlt flat": "dlt.sources.rest_api",
}
"""What is imported before a peer's clock starts."""

SLOW = frozenset({"revefi", "dlt", "dlt flat"})
"""What takes a minute at a million rows runs once."""


def one(contenders: Mapping[str, Contender], name: str, url: str, first: date, end: date) -> None:
    """Run one contender in this process; print its seconds and peak memory as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        if name in IMPORTS:
            __import__(IMPORTS[name])
        gc.collect()
        started = time.perf_counter()
        result = contenders[name](url, first, end, Path(folder))
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "result": result}))


def measure(script: str, name: str, where: Sequence[str], times: int) -> dict[str, Any]:
    """Run a contender of a script in fresh processes; return the median run."""
    found = []
    for _ in range(times):
        command = [sys.executable, script, "--one", name, *where]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=_environment()
        )
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return sorted(found, key=lambda run: run["seconds"])[len(found) // 2]


def _environment() -> dict[str, str]:
    """Return an environment in which byte code is kept, as on any machine that runs it twice."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def main(
    script: str,
    contenders: Mapping[str, Contender],
    serve: Callable[[int], AbstractContextManager[tuple[str, date, date, int, int]]],
    sizes: Sequence[int],
) -> None:
    """Measure all contenders on one server for each size and print the table of ratios.

    `serve(size)` yields (URL, first day, end, rows, the sum that `ours` must return).
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", nargs=4)
    parser.add_argument("--rows", type=int, nargs="*", default=sizes)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(contenders))
    options = parser.parse_args()
    if options.one:
        name, url, first, end = options.one
        one(contenders, name, url, date.fromisoformat(first), date.fromisoformat(end))
        return
    for size in options.rows:
        with serve(size) as (url, first, end, rows, truth):
            once = SLOW if rows > 200_000 else {"revefi"}
            where = [url, str(first), str(end)]
            _table(
                {n: measure(script, n, where, 1 if n in once else options.times)
                 for n in options.only}, rows, truth,
            )  # fmt: skip


def _table(found: Mapping[str, Mapping[str, Any]], rows: int, truth: int) -> None:
    mine = found["ours"]
    assert mine["result"] == truth, "the ledger's sum is not the server's"
    print(f"\n{rows:,} rows")
    print(f"{'':8}{'seconds':>9}{'rows/s':>11}{'peak MB':>9}{'ours/it':>9}")
    for name, run in found.items():
        ratio = mine["seconds"] / run["seconds"]
        print(f"{name:8}{run['seconds']:9.2f}{rows / run['seconds']:11,.0f}"
              f"{run['peak']:9.0f}{ratio:9.2f}")  # fmt: skip
