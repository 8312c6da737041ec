"""A loopback server of Admin cost report pages, in a process of its own: bytes ready beforehand."""

import base64
import json
import multiprocessing
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

TOKEN_TYPES = (
    "uncached_input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
)
MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-1")
UNITS = 10**6
"""Amounts carry six decimals of a cent."""


def rows_of(day: date, rows: int) -> list[dict[str, object]]:
    """Return a day's rows: workspaces x models x token types, with deterministic amounts."""
    found = []
    for n in range(rows):
        kind, rest = n % len(TOKEN_TYPES), n // len(TOKEN_TYPES)
        model, workspace = rest % len(MODELS), rest // len(MODELS)
        units = (day.toordinal() * 7919 + n * 104729) % 10**9
        found.append(
            {
                "amount": f"{units // UNITS}.{units % UNITS:06d}",
                "currency": "USD",
                "cost_type": "tokens",
                "description": f"{MODELS[model]} Usage - {TOKEN_TYPES[kind]}",
                "model": MODELS[model],
                "token_type": TOKEN_TYPES[kind],
                "service_tier": "standard",
                "context_window": "0-200k",
                "inference_geo": "global",
                "workspace_id": f"wrkspc_{workspace:04d}" if workspace else None,
            }
        )
    return found


def truth(first: date, end: date, rows: int) -> int:
    """Return the exact sum of all amounts, in units of 1e-8 cents."""
    days = (first + timedelta(days=n) for n in range((end - first).days))
    return sum((d.toordinal() * 7919 + n * 104729) % 10**9 * 100 for d in days for n in range(rows))


class Reports:
    """The Admin cost report: a bucket a day, 31 of them a page."""

    endpoint = "/cost_report"

    def __init__(self, first: date, end: date, rows: int) -> None:
        self.first, self.end = first, end
        self.grouped: dict[date, bytes] = {}
        self.plain: dict[date, bytes] = {}
        for n in range((end - first).days):
            day = first + timedelta(days=n)
            results = rows_of(day, rows)
            units = sum((day.toordinal() * 7919 + n * 104729) % 10**9 for n in range(rows))
            total = [{"amount": f"{units // UNITS}.{units % UNITS:06d}", "currency": "USD"}]
            self.grouped[day], self.plain[day] = (
                self._bucket(day, results),
                self._bucket(day, total),
            )

    def _bucket(self, day: date, results: list[dict[str, object]]) -> bytes:
        after = day + timedelta(days=1)
        return json.dumps(
            {
                "starting_at": f"{day}T00:00:00Z",
                "ending_at": f"{after}T00:00:00Z",
                "results": results,
            }
        ).encode()

    def answer(self, query: dict[str, list[str]]) -> bytes:
        start = date.fromisoformat(query["starting_at"][0][:10])
        end = min(date.fromisoformat(query["ending_at"][0][:10]), self.end)
        if "page" in query:
            start = date.fromisoformat(base64.b64decode(query["page"][0][5:]).decode())
        limit = int(query.get("limit", ["7"])[0])
        stop = min(start + timedelta(days=limit), end)
        source = self.grouped if "group_by[]" in query else self.plain
        none = self._bucket
        days = [start + timedelta(days=n) for n in range((stop - start).days)]
        data = b",".join(source.get(day) or none(day, []) for day in days)
        cursor = "page_" + base64.b64encode(str(stop).encode()).decode()
        tail = {"has_more": stop < end, "next_page": cursor if stop < end else None}
        return b'{"data":[' + data + b"]," + json.dumps(tail).encode()[1:]


class Book(Protocol):
    """What a server answers from: an endpoint's last word, and the answer to a query."""

    endpoint: str

    def answer(self, query: dict[str, list[str]]) -> bytes:
        """Return the body of a page."""


def _handler(pages: Book) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True  # the end of an answer does not wait for an acknowledgement

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path.endswith(pages.endpoint):
                status, body = 200, pages.answer(parse_qs(parts.query))
            else:
                error = {"type": "not_found_error", "message": "Not found"}
                status, body = 404, json.dumps({"type": "error", "error": error}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _run(book: type, first: date, end: date, rows: int, port: int, ready: object) -> None:
    pages = book(first, end, rows)
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(pages))
    ready.set()  # type: ignore[attr-defined]
    server.serve_forever()


@contextmanager
def serving(rows: int, days: int = 365, book: type = Reports) -> Iterator[tuple[str, date, date]]:
    """Serve `days` days up to yesterday with `rows` cost rows each; yield (URL, first, end)."""
    end = datetime.now(UTC).date()
    first = end - timedelta(days=days)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_run, args=(book, first, end, rows, port, ready), daemon=True)
    process.start()
    ready.wait(300)
    try:
        yield f"http://127.0.0.1:{port}", first, end
    finally:
        process.terminate()
        process.join(10)
