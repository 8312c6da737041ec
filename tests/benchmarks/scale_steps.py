"""The steps of `bench_scale`, each in a process of its own: prints one JSON object of figures."""

import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_BEGAN = time.perf_counter()
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from core import settings as configuration  # noqa: E402 (first the path, then what lies there)
from core.ledger.engine import connect  # noqa: E402

Figures = dict[str, float]


class Watch:
    """Seconds since it was made, and so far."""

    def __init__(self) -> None:
        self.began = time.perf_counter()

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began


def memory_mb() -> float:
    """Return what this process holds now, in MB."""
    held = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(held) * resource.getpagesize() / 1e6


def peak_mb() -> float:
    """Return the most that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def opened() -> Iterator[tuple[object, object]]:
    """Yield the ledger's engine and settings."""
    chosen = configuration.load()
    engine = connect(chosen)
    yield engine, chosen
    engine.dispose()


def first(facts: int) -> Figures:
    """Fill an empty ledger with a year, window by window."""
    import scale_year as year

    from core.ledger.engine import writing
    from core.ledger.pulse import pulse
    from core.ledger.tables import Connection, SyncRun
    from core.ledger.writer import replace_window

    with opened() as (engine, _):
        with writing(engine) as session:
            session.add(SyncRun(started_at=year.NOON))
            for number, kind in year.KINDS.items():
                session.add(Connection(id=number, name=kind, kind=kind, state="active",
                                       protocol="unified", created_at=year.NOON,
                                       organization_id=f"{number}"))  # fmt: skip
        writes, rows, streams = 0.0, 0, Watch()
        for data in year.windows(facts):
            watch = Watch()
            rows += replace_window(engine, 1, data).changed
            writes += watch.seconds
        size = pulse(engine).size
    return {
        "facts_rows": rows, "written_s": writes, "each_second_rows": rows / writes,
        "whole_s": streams.seconds, "peak_memory_mb": peak_mb(), "database_mb": size / 1e6,
    }  # fmt: skip


def _last_month(facts: int, change: Callable[..., object]) -> Figures:
    import scale_year as year

    from core.ledger.writer import replace_window

    edge = year.END.toordinal() - 31
    due = [d for d in year.windows(facts) if d.span.end.toordinal() > edge]
    with opened() as (engine, _):
        watch, changed = Watch(), 0
        for data in due:
            changed += replace_window(engine, 1, change(data)).changed
        seconds = watch.seconds
    rows = sum(data.frame.height for data in due)
    return {
        "facts_rows": rows,
        "changed_rows": changed,
        "written_s": seconds,
        "peak_memory_mb": peak_mb(),
    }


def again(facts: int) -> Figures:
    """Read the last month and a half again: nothing has changed."""
    found = _last_month(facts, lambda data: data)
    assert found["changed_rows"] == 0
    return found


def restated(facts: int) -> Figures:
    """Read them again where some 2 % have been restated."""
    import scale_year as year

    found = _last_month(facts, year.restated)
    assert found["changed_rows"] > 0
    return found


def rebuild(_: int) -> Figures:
    """Make the snapshot from the database, as the first reader after a sync does."""
    from core.ledger import snapshot

    with opened() as (engine, chosen):
        watch = Watch()
        book = snapshot.book(engine, chosen)
        return {"snapshot_s": watch.seconds, "peak_memory_mb": peak_mb(),
                "facts_rows": book.facts.height}  # fmt: skip


def open_(_: int) -> Figures:
    """Start a process, open the ledger and its snapshot, and answer one question."""
    import scale_queries as queries

    from core.ledger import snapshot

    with opened() as (engine, chosen):
        book = snapshot.book(engine, chosen)
        ready = time.perf_counter() - _BEGAN
        queries.ask_one(book)
        return {"book_s": ready, "first_answer_s": time.perf_counter() - _BEGAN,
                "memory_mb": memory_mb()}  # fmt: skip


def explorer(_: int) -> Figures:
    """Ask what the Explorer asks, each time something else; some answers are proved by SQL."""
    import scale_queries as queries

    from core.ledger import snapshot

    with opened() as (engine, chosen):
        book = snapshot.book(engine, chosen)
        queries.ask_one(book)
        rng = random.Random(11)  # noqa: S311
        taken = []
        for number in range(300):
            query = queries.drawn(rng)
            watch = Watch()
            view = queries.ask(book, query)
            taken.append(watch.seconds * 1_000)
            if number % 30 == 0:
                queries.prove(engine, query, view)
        taken.sort()
        return {"p50_ms": statistics.median(taken), "p95_ms": taken[int(len(taken) * 0.95)],
                "slowest_ms": taken[-1], "memory_mb": memory_mb()}  # fmt: skip


def sessions(_: int) -> Figures:
    """Open the Explorer fifty times on one server, by WebSocket, and keep all open."""
    import scale_sessions

    return scale_sessions.fifty()


STEPS = {"first": first, "again": again, "restated": restated, "rebuild": rebuild, "open": open_,
         "explorer": explorer, "sessions": sessions}  # fmt: skip

if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](int(sys.argv[2]))))
