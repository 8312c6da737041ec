"""How the ledger grows: a year of 0.1, 1 or 10 million facts, on SQLite and on PostgreSQL.

    python tests/benchmarks/bench_scale.py [--facts 100000 1000000] [--on sqlite postgresql]

Each step is a process of its own, so that nothing is warm that would not be. A sync is measured
from the frames that it reads from Anthropic's answers to the committed windows; what the network
and the parsing cost is `bench_ingest`'s subject. The PostgreSQL server is the tests' own, on this
machine, without fsync.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

STEPS = ("first", "again", "restated", "rebuild", "open", "explorer", "sessions")
UNITS = {"s": "{:.2f} s", "ms": "{:.1f} ms", "mb": "{:,.0f} MB", "rows": "{:,.0f}"}


def say(text: str = "") -> None:
    print(text, flush=True)


def step(name: str, url: str, facts: int) -> dict[str, float]:
    """Run one step in a fresh process; return its figures, named `what_unit`."""
    environment = os.environ | {
        "CLAUDE_SPEND_DATABASE_URL": url, "CLAUDE_SPEND_DEMO": "0",
        "CLAUDE_SPEND_SYNC_EVERY_MINUTES": "0", "CLAUDE_SPEND_SECRET_KEY": "of the benchmark alone",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(HERE / "scale_steps.py"), name, str(facts)],
        env=environment, stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def ledger(kind: str) -> Iterator[tuple[str, Path]]:
    """Yield the address of an empty ledger, and the folder where its snapshots will be."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scale-")))
        os.environ["XDG_DATA_HOME"] = str(folder)
        if kind == "sqlite":
            yield f"sqlite:///{folder}/ledger.sqlite3", folder
            return
        from postgres_server import running

        yield stack.enter_context(running()).empty(), folder


def measure(kind: str, facts: int, steps: list[str]) -> dict[str, float]:
    """Return all figures of one ledger."""
    found: dict[str, float] = {}
    with ledger(kind) as (url, folder):
        for name in steps:
            load = os.getloadavg()[0]
            figures = step(name, url, facts)
            found |= {f"{name}: {what}": value for what, value in figures.items()}
            told = ", ".join(f"{what} {shown(what, value)}" for what, value in figures.items())
            say(f"  {kind}, {facts:,}, {name}: {told} (load {load:.1f})")
        files = [path for path in folder.rglob("*") if path.is_file() and "snapshots" in path.parts]
        found["disk: snapshot_mb"] = sum(path.stat().st_size for path in files) / 1e6
    return found


def shown(what: str, value: float) -> str:
    """Return a figure with the unit that its name ends in."""
    return UNITS.get(what.rpartition("_")[2], "{:,.2f}").format(value)


def table(results: dict[tuple[str, int], dict[str, float]]) -> list[str]:
    """Return the figures as a Markdown table; the last column is the growth from first to last."""
    heads = [f"{kind} {facts / 1e6:g} M" for kind, facts in results]
    lines = [f"| | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    for what in dict.fromkeys(name for found in results.values() for name in found):
        cells = [shown(what, found[what]) if what in found else "" for found in results.values()]
        lines.append(f"| {what.rpartition('_')[0].replace('_', ' ')} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Measure what was asked for, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--facts", type=int, nargs="+", default=[100_000])
    parser.add_argument("--on", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite"])
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--json", type=Path, help="where to keep the figures as JSON")
    chosen = parser.parse_args()
    results: dict[tuple[str, int], dict[str, float]] = {}
    for kind in chosen.on:
        for facts in chosen.facts:
            results[kind, facts] = measure(kind, facts, chosen.steps)
    say()
    say("\n".join(table(results)))
    if chosen.json:
        kept: Any = [{"on": k, "facts": n, **found} for (k, n), found in results.items()]
        chosen.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
