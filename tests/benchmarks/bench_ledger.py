"""What the ledger costs: writing against bare SQLite, Explorer's questions at millions of facts.

    python tests/benchmarks/bench_ledger.py [--rows-a-day 2750] [--facts 5000000] [--rounds 3]

Times are medians of rounds that alternate between the cases; trust the ratios, which compare
cases of one run on one machine. Wall and processor time are both shown: on a busy machine only
the latter says what the code costs.
"""

import argparse
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import polars as pl

from core.calendar import Span
from core.ledger import bundle, cubes, snapshot
from core.ledger.book import Book
from core.ledger.cuts import CUTS, DIMENSIONS
from core.ledger.days import DAYS
from core.ledger.engine import connect, writing
from core.ledger.facts import COLUMNS, FAMILIES
from core.ledger.frame import conform
from core.ledger.tables import SyncRun
from core.ledger.writer import WindowData, replace_window
from core.settings import Settings

CUT = "platform/unified/cost/key"
START = date(2026, 1, 1)
NOON = datetime(2027, 1, 15, 12, tzinfo=UTC)
SIZES = {
    "workspace": 40, "api_key": 400, "user": 2_000, "product": 10, "model": 14, "operation": 6,
    "token_type": 5, "cost_type": 4, "service_tier": 3, "context_window": 2, "inference_geo": 3,
    "speed": 2,
}  # fmt: skip


@dataclass
class Timing:
    """One case's times, in seconds."""

    wall: list[float]
    cpu: list[float]

    @property
    def middle(self) -> tuple[float, float]:
        return statistics.median(self.wall), statistics.median(self.cpu)


@contextmanager
def clocked(timing: Timing) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    timing.wall.append(time.perf_counter() - wall)
    timing.cpu.append(time.process_time() - cpu)


def say(text: str) -> None:
    print(text, flush=True)


def series(count: int, seed: int = 1) -> pl.DataFrame:
    """Return `count` combinations of dimensions as text, as long as real identifiers are."""
    rng = np.random.default_rng(seed)
    columns = {
        name: np.char.add(f"{name}_01Jw{'x' * 16}", rng.integers(0, size, count).astype(str))
        for name, size in SIZES.items()
    }
    return pl.DataFrame(columns)


def month_windows(rows_a_day: int, combinations: pl.DataFrame) -> list[WindowData]:
    """Return a year of monthly windows, `rows_a_day` facts each day."""
    rng = np.random.default_rng(2)
    found = []
    for month in range(1, 13):
        first = date(2026, month, 1)
        span = Span(first, date(2026 + month // 12, month % 12 + 1, 1))
        count = rows_a_day * span.days
        day = np.repeat(np.arange(span.days), rows_a_day)
        picked = np.concatenate(
            [rng.choice(combinations.height, rows_a_day, replace=False) for _ in range(span.days)]
        )
        rows = combinations[picked].with_columns(
            (pl.lit(first) + pl.duration(days=pl.Series(day))).alias("day"),
            pl.Series("amount", rng.integers(0, 10**10, count)),
            pl.Series("list_amount", rng.integers(0, 10**10, count)),
        )
        found.append(of_month(conform(rows, "cost", CUT), span))
    return found


def of_month(frame: pl.DataFrame, span: Span) -> WindowData:
    days = frame.group_by("day").agg(pl.col("amount").sum().alias("total")).with_columns(
        not_attributed=pl.lit(0, pl.Int64), capped=pl.lit(value=False), present=pl.lit(value=True)
    )  # fmt: skip
    return WindowData(1, "cost", "unified", span, frame, days.select(*DAYS), None, NOON,
                      1, frame.height)  # fmt: skip


def opened(folder: Path) -> tuple[object, Settings]:
    settings = Settings(database_url=f"sqlite:///{folder / 'ledger.sqlite3'}")
    engine = connect(settings)
    with writing(engine) as session:
        session.add(SyncRun(started_at=NOON))
    return engine, settings


def load(engine: object, windows: list[WindowData]) -> int:
    return sum(replace_window(engine, 1, data).changed for data in windows)  # type: ignore[arg-type]


def bare(path: Path, months: list[list[tuple[int, ...]]]) -> None:
    """Insert the same integers by one executemany a month: the floor under any keyed ledger."""
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = NORMAL")
    raw.execute(
        "CREATE TABLE charge (day INTEGER, series_id INTEGER, amount BIGINT NOT NULL,"
        " list_amount BIGINT, PRIMARY KEY (day, series_id)) WITHOUT ROWID"
    )
    for rows in months:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany("INSERT INTO charge VALUES (?, ?, ?, ?)", rows)
        raw.execute("COMMIT")
    raw.close()


def integers(folder: Path) -> list[list[tuple[int, ...]]]:
    """Return what a loaded ledger holds, month by month."""
    raw = sqlite3.connect(folder / "ledger.sqlite3")
    months = []
    for month in range(1, 13):
        bounds = ((date(2026 + m // 12, m % 12 + 1, 1) - date(1970, 1, 1)).days
                  for m in (month - 1, month))  # fmt: skip
        query = "SELECT * FROM charge WHERE day >= ? AND day < ? ORDER BY day, series_id"
        months.append(raw.execute(query, tuple(bounds)).fetchall())
    raw.close()
    return months


def restated(data: WindowData) -> WindowData:
    """Return the window as it comes again: 2 % of amounts moved, 0.2 % of rows gone."""
    number = pl.int_range(pl.len())
    frame = data.frame.filter(number % 500 != 7).with_columns(
        pl.when(pl.int_range(pl.len()) % 50 == 3).then(pl.col("amount") + 1)
        .otherwise(pl.col("amount")).alias("amount")
    )  # fmt: skip
    return replace(of_month(frame, data.span), fetched_at=NOON + timedelta(hours=1))


def bench_writing(rows_a_day: int, rounds: int) -> None:
    combinations = series(min(60_000, rows_a_day * 4))
    windows = month_windows(rows_a_day, combinations)
    total = sum(data.frame.height for data in windows)
    say(f"\nWriting: {total:,} facts in 12 windows, {combinations.height:,} series")
    floor, first, again, moved = (Timing([], []) for _ in range(4))
    with tempfile.TemporaryDirectory() as base:
        engine, _ = opened(Path(base))
        load(engine, windows)
        months = integers(Path(base))
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as base, clocked(floor):
            bare(Path(base) / "bare.sqlite3", months)
        with tempfile.TemporaryDirectory() as base:
            engine, _ = opened(Path(base))
            with clocked(first):
                assert load(engine, windows) == total
            with clocked(again):
                assert load(engine, windows) == 0
            with clocked(moved):
                assert load(engine, [restated(windows[-1])]) > 0
    wall, cpu = floor.middle
    last = windows[-1].frame.height
    for name, timing, rows in (
        ("bare executemany of the same integers", floor, total),
        ("first load (combine, series, days, control sum)", first, total),
        ("the same again (read, compare, write nothing)", again, total),
        ("last month again, 2 % restated", moved, last),
    ):
        w, c = timing.middle
        share = total / rows
        say(
            f"  {name:52} {w:6.2f} s {rows / w:>10,.0f} rows/s   {w * share / wall:5.2f} x floor"
            f"   (processor {c:6.2f} s, {c * share / cpu:5.2f} x)"
        )


def synthetic_facts(count: int) -> pl.DataFrame:
    """Return facts of one year in one cut, of 60,000 series, as `Book.facts` holds them."""
    rng = np.random.default_rng(3)
    picked = rng.integers(0, 60_000, count)
    dims = {name: rng.integers(0, SIZES.get(name, 1), 60_000) for name in DIMENSIONS}
    columns: dict[str, pl.Series] = {}
    for name, codes in dims.items():
        size = SIZES.get(name, 1)
        enum = pl.Enum([f"{name}_{n}" for n in range(size)] if size > 1 else [""])
        width = "uint8" if size <= 255 else "uint16"
        columns[name] = pl.Series(name, codes[picked].astype(width)).cat.to(enum)
    day = np.sort(rng.integers(0, 365, count)).astype("int32") + (START - date(1970, 1, 1)).days
    frame = pl.DataFrame(columns).with_columns(
        pl.Series("day", day).cast(pl.Date),
        pl.lit("cost", FAMILIES).alias("family"),
        pl.lit(1, pl.Int32).alias("connection_id"),
        pl.lit(CUT, pl.Enum(sorted(cut.name for cut in CUTS))).alias("cut"),
        pl.Series("amount", rng.integers(0, 10**9, count)),
        pl.Series("list_amount", rng.integers(0, 10**9, count)),
        *(pl.lit(None, pl.Int64).alias(m) for m in ("tokens", "requests", "web_searches")),
    )
    return frame.select(COLUMNS)


Question = Callable[[Book, random.Random], pl.DataFrame]


def spend(
    book: Book,
    by: list[str],
    span: Span | None,
    where: dict[str, list[str]],
    top: int | None = None,
) -> pl.DataFrame:
    """Answer one question the way Explorer does: the smallest frame, filters, one group_by."""
    rows = book.rows("cost", [CUT], {*by, *where} - {"day"}, span).lazy()
    for dim, values in where.items():
        rows = rows.filter(pl.col(dim).is_in(values))
    answer = rows.group_by(by).agg(pl.col("amount").sum()) if by else rows.select(
        pl.col("amount").sum()
    )  # fmt: skip
    return (answer.sort("amount", descending=True).head(top) if top else answer).collect()


def last_days(rng: random.Random, days: int) -> Span:
    end = START + timedelta(days=rng.randrange(days, 366))
    return Span(end - timedelta(days=days), end)


def some(rng: random.Random, dim: str, count: int = 1) -> list[str]:
    return [f"{dim}_{n}" for n in rng.sample(range(SIZES[dim]), count)]


QUESTIONS: dict[str, Question] = {
    "A day x model, whole year": lambda b, r: spend(b, ["day", "model"], None, {}),
    "B by workspace, 30 days": lambda b, r: spend(b, ["workspace"], last_days(r, 30), {}),
    "C user x product, 3 models, 90 days, top 100": lambda b, r: spend(
        b, ["user", "product"], last_days(r, 90), {"model": some(r, "model", 3)}, 100
    ),
    "D day x model, one workspace and token type": lambda b, r: spend(
        b, ["day", "model"], None,
        {"workspace": some(r, "workspace"), "token_type": some(r, "token_type")},
    ),
    "E by day, one user": lambda b, r: spend(b, ["day"], None, {"user": some(r, "user")}),
    "F total, 2 products, 30 days": lambda b, r: spend(
        b, [], last_days(r, 30), {"product": some(r, "product", 2)}
    ),
    "G by user, whole year, top 100": lambda b, r: spend(b, ["user"], None, {}, 100),
}  # fmt: skip


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def ask_all(book: Book, passes: int) -> dict[str, list[float]]:
    rng = random.Random(4)  # noqa: S311
    taken: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    for number in range(passes + 1):
        for name, question in QUESTIONS.items():
            started = time.perf_counter()
            question(book, rng)
            if number:
                taken[name].append((time.perf_counter() - started) * 1_000)
    return taken


def bench_explorer(count: int, passes: int) -> None:
    say(f"\nExplorer: {count:,} facts, 7 interactions x {passes} random parameters, warm; ms")
    started = time.perf_counter()
    facts = synthetic_facts(count)
    made = time.perf_counter()
    kept = cubes.build(facts)
    say(f"  cubes built in {time.perf_counter() - made:.1f} s (facts made in {made - started:.1f})")
    with tempfile.TemporaryDirectory() as base:
        frames = {"cost": facts, **{f"cube-{n}": cube for n, cube in enumerate(kept.values())}}
        bundle.write(frames, Path(base) / "snapshots" / "one")
        del facts, frames, kept
        started = time.perf_counter()
        read = bundle.read(Path(base) / "snapshots" / "one")
        say(
            f"  opened (memory-mapped, checked) in {(time.perf_counter() - started) * 1_000:.0f} ms"
        )
        with_cubes = {
            frozenset(DIMENSIONS) & frozenset(frame.columns): frame
            for name, frame in read.items() if name != "cost"
        }  # fmt: skip
        for dims, frame in with_cubes.items():
            say(f"    {frame.height:>9,} rows: {', '.join(sorted(dims))}")
        for label, shown in (("facts alone", {}), ("facts and cubes", with_cubes)):
            taken = ask_all(Book(1, read["cost"], pl.DataFrame(), cubes=shown), passes)
            every = [ms for values in taken.values() for ms in values]
            say(f"  {label}: p50 {percentile(every, 0.5):.1f}   p95 {percentile(every, 0.95):.1f}"
                f"   max {max(every):.1f}")  # fmt: skip
            for name, values in taken.items():
                say(f"    {name:46} p50 {percentile(values, 0.5):6.1f}  "
                    f"p95 {percentile(values, 0.95):6.1f}")  # fmt: skip


def bench_snapshot(rows_a_day: int) -> None:
    windows = month_windows(rows_a_day, series(min(60_000, rows_a_day * 4)))
    with tempfile.TemporaryDirectory() as base:
        engine, settings = opened(Path(base))
        load(engine, windows)
        total = sum(data.frame.height for data in windows)
        say(f"\nSnapshot of {total:,} facts")
        for name in ("first (read, encode, write)", "again (open)"):
            started = time.perf_counter()
            book = snapshot.book(engine, settings)  # type: ignore[arg-type]
            say(f"  {name:28} {time.perf_counter() - started:6.2f} s")
        started = time.perf_counter()
        past = snapshot.book_as_of(engine, NOON)  # type: ignore[arg-type]
        say(f"  {'as of a moment':28} {time.perf_counter() - started:6.2f} s")
        assert past.facts["amount"].sum() == book.facts["amount"].sum()


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows-a-day", type=int, default=2_750, help="facts written a day")
    parser.add_argument("--facts", type=int, default=5_000_000, help="facts that Explorer asks")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--passes", type=int, default=50)
    chosen = parser.parse_args()
    bench_writing(chosen.rows_a_day, chosen.rounds)
    bench_snapshot(chosen.rows_a_day)
    bench_explorer(chosen.facts, chosen.passes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"\nPeak memory of the whole benchmark: {peak:,.0f} MB")


if __name__ == "__main__":
    main()
