"""How fast a year of unified result rows becomes a committed ledger, beside dlt and the floor.

The rows carry eleven dimensions and are read by three groupings, as a Platform connection's are.
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec

sys.path.insert(0, str(Path(__file__).parent))
from bench_ingest import KEY, pipeline, synced, windows
from contest import main
from cost_server import serving
from unified_server import CUTS, Unified, truth

from core.anthropic.payloads import UnifiedCostRow
from core.calendar import Span
from core.ledger.cuts import cuts_of
from core.sync.fetch import UNIFIED_DIMS

PATH = "v1/organizations/analytics/cost"


def ours(url: str, first: date, end: date, folder: Path) -> int:
    """Read the year as a sync does, every grouping completed to the daily totals."""
    return synced(url, first, end, folder, "unified")


def floor(url: str, first: date, end: date, folder: Path) -> int:
    """Download, decode typed, and insert bare integers: what no honest ingestion can undercut."""
    database = sqlite3.connect(folder / "floor.sqlite3")
    database.execute("pragma journal_mode=wal")
    database.execute("create table fact (day text, series int, amount int, list_amount int)")
    decode = msgspec.json.Decoder(_Envelope).decode
    with httpx.Client(base_url=url) as client:
        for span, by in _questions(first, end):
            for body in _bodies(client, span, by):
                rows = (
                    (row.starting_at[:10], n, _units(row.cost.amount), _units(row.cost.list_amount))
                    for n, row in enumerate(decode(body).data)
                )
                with database:
                    database.executemany("insert into fact values (?, ?, ?, ?)", rows)
    return int(database.execute("select sum(amount) from fact").fetchone()[0])


class _Envelope(msgspec.Struct):
    data: list[UnifiedCostRow]
    has_more: bool
    next_page: str | None


def _units(text: str | None) -> int:
    return int((text or "0").replace(".", "")) * 100


def _questions(first: date, end: date) -> Iterator[tuple[Span, tuple[str, ...]]]:
    for span in windows(first, end):
        for cut in cuts_of("platform", "unified", "cost"):
            yield span, (*UNIFIED_DIMS["platform", cut.title], "cost_type", "token_type")


def _params(span: Span) -> dict[str, str]:
    return {
        "starting_at": f"{span.start}T00:00:00Z",
        "ending_at": f"{span.end}T00:00:00Z",
        "time_bucket_width": "1d",
        "limit": "1000",
    }


def _bodies(client: httpx.Client, span: Span, by: tuple[str, ...]) -> Iterator[bytes]:
    params: dict[str, Any] = {**_params(span), "group_by[]": list(by)}
    page: str | None = "0"
    while page is not None:
        body = client.get(f"/{PATH}", params={**params, "page": page}).content
        yield body
        page = msgspec.json.decode(body, type=_Cursor).next_page


class _Cursor(msgspec.Struct):
    next_page: str | None


def dlt_source(url: str, first: date, end: date, folder: Path) -> int:
    """Load the same pages as a user of dlt writes it: its `rest_api` source into SQLite."""
    from dlt.sources.rest_api import rest_api_source

    resources = [
        {
            "name": f"cost_{number}",
            "table_name": "cost",
            "endpoint": {
                "path": PATH,
                "params": {**_params(span), "group_by[]": list(by)},
                "data_selector": "data",
                "paginator": {
                    "type": "cursor", "cursor_path": "next_page", "cursor_param": "page",
                },
            },
        }
        for number, (span, by) in enumerate(_questions(first, end))
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
    """Load the same pages with dlt, downloaded by hand with one client."""
    import dlt

    @dlt.resource(name="cost", write_disposition="append")
    def cost():  # type: ignore[no-untyped-def]
        with httpx.Client(base_url=url, timeout=60) as client:
            for span, by in _questions(first, end):
                for body in _bodies(client, span, by):
                    yield msgspec.json.decode(body)["data"]

    pipeline(folder).run(cost())
    return 0


PEERS = {"ours": ours, "floor": floor, "dlt": dlt_source, "dlt flat": dlt_load}


@contextmanager
def _serve(rows: int) -> Iterator[tuple[str, date, date, int, int]]:
    with serving(rows, book=Unified) as (url, first, end):
        yield url, first, end, len(CUTS) * rows * (end - first).days, truth(first, end, rows)


if __name__ == "__main__":
    main(__file__, PEERS, _serve, [88, 913])
