"""How fast a year of cost rows becomes a committed ledger, beside peers and the physical floor.

Ratios within one run: `ours / floor` (typed parse and a bare SQLite insert of the same integers),
dlt's rate beside ours, and the time in which revefi-usage-collection-sdk merely downloads.
Run with `make bench`; `--rows 2740` makes it a million rows a year.
"""

import argparse
import gc
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from pydantic import SecretStr

sys.path.insert(0, str(Path(__file__).parent))
from cost_server import serving, truth

from core.anthropic.payloads import CostBucket
from core.anthropic.transport import Client
from core.calendar import Span
from core.connections import store
from core.connections.vault import open_vault
from core.ledger import runs
from core.ledger.engine import connect, reading
from core.ledger.tables import Charge
from core.settings import Settings
from core.sync.connection import read_windows
from core.sync.fetch import Source
from core.sync.plan import Planned, slices
from core.sync.progress import Tracker
from core.sync.report import ConnectionReport
from core.sync.work import Work

KEY = SecretStr("sk-ant-admin01-benchmark-key-of-no-organization")


def ours(url: str, first: date, end: date, folder: Path) -> int:
    """Read the year into a new ledger, window by window as a sync does; return the exact sum."""
    chosen = Settings(database_url=f"sqlite:///{folder / 'ours.sqlite3'}", api_url=url)
    engine = connect(chosen)
    made = store.add(engine, open_vault(chosen, engine), "bench", "platform", KEY)
    run_id = runs.start_run(engine, [made.id], "benchmark")
    days = [first + timedelta(days=n) for n in range((end - first).days)]
    with Client(KEY, url) as client:
        source, report = Source(client, "platform"), ConnectionReport("bench")
        work = Work(engine, run_id, _now, made, client, report, Tracker(), source, {})
        read_windows(work, [Planned("cost", "reports", s) for s in slices(days, end)])
    assert work.report.outcome == "complete", work.report.findings
    from sqlalchemy import func
    from sqlmodel import select

    with reading(engine) as session:
        total = session.exec(select(func.sum(Charge.amount))).one()
    engine.dispose()
    return int(total)


def _now() -> datetime:
    return datetime.now(UTC)


def floor(url: str, first: date, end: date, folder: Path) -> int:
    """Download, decode typed, and insert bare integers: what no honest ingestion can undercut."""
    database = sqlite3.connect(folder / "floor.sqlite3")
    database.execute("pragma journal_mode=wal")
    database.execute("create table fact (day int, series int, amount int)")
    decode = msgspec.json.Decoder(_Envelope).decode
    with httpx.Client(base_url=url) as client:
        for span in slices([first + timedelta(days=n) for n in range((end - first).days)], end):
            params = _params(span)
            buckets = decode(client.get("/v1/organizations/cost_report", params=params).content)
            rows = (
                (bucket.starting_at[:10], n, int(row.amount.replace(".", "")) * 100)
                for bucket in buckets.data
                for n, row in enumerate(bucket.results)
            )
            with database:
                database.executemany("insert into fact values (?, ?, ?)", rows)
    return int(database.execute("select sum(amount) from fact").fetchone()[0])


class _Envelope(msgspec.Struct):
    data: list[CostBucket]


def _params(span: Span) -> list[tuple[str, str]]:
    return [
        ("starting_at", f"{span.start}T00:00:00Z"),
        ("ending_at", f"{span.end}T00:00:00Z"),
        ("bucket_width", "1d"),
        ("limit", "31"),
        ("group_by[]", "workspace_id"),
        ("group_by[]", "description"),
    ]


def revefi(url: str, first: date, end: date, folder: Path) -> int:
    """Download with revefi's SDK as it is shipped: a second between requests; nothing is stored."""
    return _revefi(url, first, end, 1.0)


def unpaced(url: str, first: date, end: date, folder: Path) -> int:
    """Download with revefi's SDK, its pacing switched off."""
    return _revefi(url, first, end, 0.0)


def _revefi(url: str, first: date, end: date, pause: float) -> int:
    from revefi_usage_sdk.providers.anthropic import AnthropicProvider

    provider = AnthropicProvider(KEY.get_secret_value(), base_url=url, min_request_interval=pause)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    stop = datetime(end.year, end.month, end.day, tzinfo=UTC)
    pages = provider.fetch_cost_pages(start, stop)
    provider.close()
    return sum(len(b["results"]) for page in pages for b in page.response["data"])


def dlt_source(url: str, first: date, end: date, folder: Path) -> int:
    """Load the same pages as a user of dlt writes it: its `rest_api` source into SQLite."""
    from dlt.sources.rest_api import rest_api_source

    days = [first + timedelta(days=n) for n in range((end - first).days)]
    windows = [
        {
            "name": f"cost_{number}",
            "table_name": "cost",
            "endpoint": {
                "path": "v1/organizations/cost_report",
                "params": {
                    **{k: v for k, v in _params(span) if k != "group_by[]"},
                    "group_by[]": ["workspace_id", "description"],
                },
                "data_selector": "data",  # its rows keep their day in the parent table
                "paginator": {
                    "type": "cursor", "cursor_path": "next_page", "cursor_param": "page",
                },
            },
        }
        for number, span in enumerate(slices(days, end))
    ]  # fmt: skip
    source = rest_api_source(
        {
            "client": {"base_url": url, "headers": {"x-api-key": KEY.get_secret_value()}},
            "resource_defaults": {"write_disposition": "append"},
            "resources": windows,
        }
    )
    _pipeline(folder).run(source)
    return 0


def dlt_load(url: str, first: date, end: date, folder: Path) -> int:
    """Load the same pages with dlt, downloaded and flattened by hand: the most one gets of it."""
    import dlt

    @dlt.resource(name="cost", write_disposition="append")
    def cost():  # type: ignore[no-untyped-def]
        days = [first + timedelta(days=n) for n in range((end - first).days)]
        with httpx.Client(base_url=url, timeout=60) as client:
            for span in slices(days, end):
                page = client.get("/v1/organizations/cost_report", params=_params(span)).json()
                for bucket in page["data"]:
                    yield [{**row, "day": bucket["starting_at"]} for row in bucket["results"]]

    _pipeline(folder).run(cost())
    return 0


def _pipeline(folder: Path) -> Any:
    import dlt

    place = dlt.destinations.sqlalchemy(f"sqlite:///{folder / 'dlt.sqlite3'}")
    return dlt.pipeline(
        "bench", destination=place, dataset_name="main", pipelines_dir=str(folder / "dlt")
    )


PEERS = {
    "ours": ours,
    "floor": floor,
    "revefi": revefi,
    "unpaced": unpaced,
    "dlt": dlt_source,
    "dlt flat": dlt_load,
}


def one(name: str, url: str, first: date, end: date) -> None:
    """Run one contender in this process; print its seconds and peak memory as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        if name in {"revefi", "unpaced"}:
            __import__("revefi_usage_sdk.providers.anthropic")
        if name.startswith("dlt"):
            __import__("dlt.sources.rest_api")
        gc.collect()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started = time.perf_counter()
        result = PEERS[name](url, first, end, Path(folder))
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "before": before, "result": result}))


def measure(name: str, url: str, first: date, end: date, times: int) -> dict[str, float]:
    """Run a contender in fresh processes; return the median run."""
    found = []
    for _ in range(times):
        command = [sys.executable, __file__, "--one", name, url, str(first), str(end)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=_environment()
        )
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return sorted(found, key=lambda run: run["seconds"])[len(found) // 2]


def _environment() -> dict[str, str]:
    """Return an environment in which byte code is kept, as on any machine that runs it twice."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def main() -> None:
    """Measure all contenders on one server and print the table of ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", nargs=4)
    parser.add_argument("--rows", type=int, nargs="*", default=[264, 2740])
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    if options.one:
        name, url, first, end = options.one
        one(name, url, date.fromisoformat(first), date.fromisoformat(end))
        return
    for rows in options.rows:
        with serving(rows) as (url, first, end):
            _table(rows, url, first, end, options.times)


def _table(rows: int, url: str, first: date, end: date, times: int) -> None:
    count, expected = rows * 365, truth(first, end, rows)
    print(f"\n365 days x {rows} cost rows = {count:,} rows")
    # What takes a minute runs once; the pause of a second is the same at any size.
    once = {"revefi", "dlt", "dlt flat"} if count > 200_000 else {"revefi"}
    found = {n: measure(n, url, first, end, 1 if n in once else times) for n in PEERS}
    mine = found["ours"]
    assert mine["result"] == expected, "the ledger's sum is not the server's"
    print(f"{'':8}{'seconds':>9}{'rows/s':>11}{'peak MB':>9}{'ours/it':>9}")
    for name, run in found.items():
        ratio = mine["seconds"] / run["seconds"]
        print(f"{name:8}{run['seconds']:9.2f}{count / run['seconds']:11,.0f}"
              f"{run['peak']:9.0f}{ratio:9.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
