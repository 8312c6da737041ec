"""The server's own answers, asked without a dashboard behind them."""

from datetime import date, timedelta

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from core import calendar
from core.ledger import runs
from core.ledger.engine import writing
from core.ledger.tables import Connection, DayState, Window
from core.server.parts import parts

HERE = ("127.0.0.1", 50_000)
ELSEWHERE = ("192.0.2.7", 50_000)


def client(peer: tuple[str, int] = HERE) -> TestClient:
    """A visitor of a server that has, beside ours, one page of its own."""
    ours = parts()
    page = Route("/", lambda _: PlainTextResponse("a page"))
    streamlit = Route("/_stcore/metrics", lambda _: PlainTextResponse("sessions"))
    routes = [*ours["routes"], page, streamlit]
    app = Starlette(routes=routes, middleware=ours["middleware"])
    return TestClient(app, "http://localhost:8501", client=peer)


def connected(engine: Engine, name: str = "Claude API", *, hours_old: float | None = 1) -> None:
    """A connection whose cost was read so many hours ago, or never."""
    now = calendar.now()
    with writing(engine) as session:
        made = Connection(name=name, kind="platform", state="ok", created_at=now)
        session.add(made)
        session.flush()
        number = made.id or 0
    run = runs.start_run(engine, [number], "cli", now=now)
    runs.update_part(engine, run, number, outcome="complete", requests=7, rows=11, restated_rows=2)
    runs.finish_run(engine, run, "complete", now=now)
    if hours_old is None:
        return
    at = now - timedelta(hours=hours_old)
    day = date(2026, 11, 3).toordinal()
    with writing(engine) as session:
        window = Window(
            run_id=run, connection_id=number, family="cost", protocol="reports",
            first_day=day, end_day=day + 1, fetched_at=at,
        )  # fmt: skip
        session.add(window)
        session.flush()
        session.add(DayState(
            connection_id=number, family="cost", day=day, protocol="reports",
            window_id=window.id or 0, fetched_at=at, data_refreshed_at=at - timedelta(hours=4),
        ))  # fmt: skip
