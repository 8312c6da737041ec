"""How fast a year of cost rows becomes a committed ledger, beside peers and the physical floor.

Ratios within one run: `ours / floor` (typed parse and a bare SQLite insert of the same integers),
dlt's rate beside ours, and the time in which revefi-usage-collection-sdk merely downloads.
Run with `make bench`; `--rows 2740` makes it a million rows a year.
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from pydantic import SecretStr
from sqlalchemy import func
from sqlmodel import select

sys.path.insert(0, str(Path(__file__).parent))
from contest import main
from cost_server import serving, truth

from core.anthropic.payloads import CostBucket
from core.anthropic.transport import Client
from core.calendar import Span
from core.connections import store
from core.connections.vault import open_vault
from core.ledger import runs
from core.ledger.cuts import Protocol
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
    return synced(url, first, end, folder, "reports")


def synced(url: str, first: date, end: date, folder: Path, protocol: Protocol) -> int:
    """Read the year's cost by one protocol; return the exact sum of all cuts."""
    chosen = Settings(database_url=f"sqlite:///{folder / 'ours.sqlite3'}", api_url=url)
    engine = connect(chosen)
    made = store.add(engine, open_vault(chosen, engine), "bench", "platform", KEY)
    run_id = runs.start_run(engine, [made.id], "benchmark")
    with Client(KEY, url) as client:
        source, report = Source(client, "platform"), ConnectionReport("bench")
        work = Work(engine, run_id, _now, made, client, report, Tracker(), source, {})
        read_windows(work, [Planned("cost", protocol, s) for s in windows(first, end)])
    assert work.report.outcome == "complete", work.report.findings
    with reading(engine) as session:
        total = session.exec(select(func.sum(Charge.amount))).one()
    engine.dispose()
    return int(total)


def windows(first: date, end: date) -> list[Span]:
    """Return the year in the windows in which a sync reads it."""
    return slices([first + timedelta(days=n) for n in range((end - first).days)], end)


def _now() -> datetime:
    return datetime.now(UTC)


def floor(url: str, first: date, end: date, folder: Path) -> int:
    """Download, decode typed, and insert bare integers: what no honest ingestion can undercut."""
    database = sqlite3.connect(folder / "floor.sqlite3")
    database.execute("pragma journal_mode=wal")
    database.execute("create table fact (day int, series int, amount int)")
    decode = msgspec.json.Decoder(_Envelope).decode
    with httpx.Client(base_url=url) as client:
        for span in windows(first, end):
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

    resources = [
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
        for number, span in enumerate(windows(first, end))
    ]  # fmt: skip
    source = rest_api_source(
        {
            "client": {"base_url": url, "headers": {"x-api-key": KEY.get_secret_value()}},
            "resource_defaults": {"write_disposition": "append"},
            "resources": resources,
        }
    )
    pipeline(folder).run(source)
    return 0


def dlt_load(url: str, first: date, end: date, folder: Path) -> int:
    """Load the same pages with dlt, downloaded and flattened by hand: the most one gets of it."""
    import dlt

    @dlt.resource(name="cost", write_disposition="append")
    def cost():  # type: ignore[no-untyped-def]
        with httpx.Client(base_url=url, timeout=60) as client:
            for span in windows(first, end):
                page = client.get("/v1/organizations/cost_report", params=_params(span)).json()
                for bucket in page["data"]:
                    yield [{**row, "day": bucket["starting_at"]} for row in bucket["results"]]

    pipeline(folder).run(cost())
    return 0


def pipeline(folder: Path) -> Any:
    """Return dlt's own way into an SQLite file."""
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


@contextmanager
def _serve(rows: int) -> Iterator[tuple[str, date, date, int, int]]:
    with serving(rows) as (url, first, end):
        yield url, first, end, rows * (end - first).days, truth(first, end, rows)


if __name__ == "__main__":
    main(__file__, PEERS, _serve, [264, 2740])
