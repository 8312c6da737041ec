"""What a comparison gives away: unit errors, discounts nobody entered, models without a price."""

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

import polars as pl

from core.errors import Finding
from core.ledger.prices import ContractPrice
from core.money import UNITS_PER_DOLLAR, label

_FACTOR = 100
_NEAR = 3
"""A ratio between a third and three times of 100 (or of 0.01) is a unit error, not a discount."""

_ALIKE = Fraction(1, 200)
"""Ratios this close are one discount."""

_MOST = Fraction(3, 4)
"""Of the billed amount, so much must have the same ratio before it is called a discount."""

_MODES = ("computed", "priority", "batch", "long_context", "fast", "geography")


def checks(frame: pl.DataFrame, prices: Sequence[ContractPrice]) -> list[Finding]:
    """Return what a person should know of a comparison's frame, the worst first."""
    rows = frame.with_columns(
        pl.sum_horizontal(_MODES).alias("expected"),
        (pl.col("billed") - pl.col("discount")).alias("asked"),
        pl.col("day").dt.truncate("1mo").alias("month"),
    ).filter("both")
    wrong = list(_units(rows))
    likely = [] if wrong else list(_discounts(rows))
    return [*wrong, *_unpriced(frame), *_contract(rows, prices), *likely]


def off_by_units(billed: int, expected: int) -> bool:
    """Say whether two amounts differ by cents taken for dollars, one way or the other."""
    if billed <= 0 or expected <= 0:
        return False
    ratio = Fraction(billed, expected)
    ratio = max(ratio, 1 / ratio)
    return Fraction(_FACTOR, _NEAR) <= ratio <= _FACTOR * _NEAR


def _units(rows: pl.DataFrame) -> Iterator[Finding]:
    """Yield a finding for each connection whose money is in another unit; else for its models."""
    for by in (["connection"], ["connection", "model", "operation"]):
        sums = rows.group_by(by).agg(pl.col("billed", "expected").sum()).sort(by)
        found = [row for row in sums.iter_rows() if off_by_units(*map(int, row[-2:]))]
        if found:
            yield from (_unit(row[:-2], int(row[-2]), int(row[-1])) for row in found)
            return


def _unit(what: tuple[str, ...], billed: int, expected: int) -> Finding:
    ratio = Fraction(billed, expected)
    said = f"{float(ratio):.4g}"
    return Finding(
        "unit_mismatch",
        "error",
        f"{' · '.join(what)}: billed is {said} times what the usage costs.",
        f"{label(billed)} against {label(expected)}: about {100 if ratio > 1 else 0.01}, so cents "
        "stand for dollars somewhere, or a contract price was entered in another unit.",
        "Do not use these figures. Look at the contract prices first; if there is none, report "
        "it: no discount or surcharge is that large.",
    )


def _unpriced(frame: pl.DataFrame) -> Iterator[Finding]:
    sums = frame.filter(pl.col("unpriced") != 0).group_by("model").agg(
        pl.col("unpriced").sum(), pl.col("quantity").sum()
    ).sort("unpriced", descending=True)  # fmt: skip
    if sums.height:
        names = ", ".join(name or "(no model)" for name in sums["model"])
        yield Finding(
            "model_unpriced",
            "warning",
            f"No price is known for {names}.",
            f"{label(int(sums['unpriced'].sum()))} of cost cannot be compared with its usage.",
            "Enter a contract price for it, or update claude-spend: newer versions know newer "
            "models.",
        )


def _contract(rows: pl.DataFrame, prices: Sequence[ContractPrice]) -> Iterator[Finding]:
    """Yield a finding where Anthropic's own discount is not the one of the contract."""
    if not prices:
        return
    ours = rows.filter(pl.col("told"), pl.col("contracted") != 0)
    left, billed = int(ours["discount"].sum()), int(ours["billed"].sum())
    if abs(left) * 500 > abs(billed):
        more = "less" if left > 0 else "more"
        yield Finding(
            "contract_differs",
            "warning",
            f"Anthropic discounts {label(abs(left))} {more} than your contract prices say.",
            f"Over the rows that they decide, {label(billed)} was billed.",
            "Look at the contract prices and their days; if they are right, ask Anthropic.",
        )


def _discounts(rows: pl.DataFrame) -> Iterator[Finding]:
    """Yield a finding where costs without list prices are lower by the same share everywhere."""
    plain = rows.filter(~pl.col("told"), pl.col("expected") > 0, pl.col("asked") > 0)
    same: dict[tuple[str, int], list[date]] = {}
    for keys, mine in plain.group_by("connection", "month", maintain_order=True):
        off = _usual_discount(mine)
        if off:
            same.setdefault((str(keys[0]), off), []).append(keys[1])
    for (connection, off), months in sorted(same.items()):
        yield _discount(connection, min(months), max(months), off)


def _usual_discount(rows: pl.DataFrame) -> int:
    """Return the discount of most of the money, in thousandths; 0 where there is no such one."""
    pairs = sorted(
        (Fraction(int(asked), int(expected)), int(asked))
        for asked, expected in rows.select("asked", "expected").iter_rows()
    )
    whole, seen, middle = sum(asked for _, asked in pairs), 0, Fraction(1)
    for middle, asked in pairs:  # noqa: B007 (the middle of the money is where the loop ends)
        seen += asked
        if 2 * seen >= whole:
            break
    alike = sum(asked for ratio, asked in pairs if abs(ratio - middle) <= _ALIKE)
    off = round((1 - middle) * 1000)
    return off if whole > UNITS_PER_DOLLAR and alike >= whole * _MOST and 0 < off < 900 else 0


def _discount(connection: str, first: date, last: date, off: int) -> Finding:
    percent = f"{off // 10}.{off % 10} %"
    months = f"{first:%Y-%m}" if first == last else f"{first:%Y-%m} to {last:%Y-%m}"
    return Finding(
        "discount_likely",
        "info",
        f"{connection}, {months}: nearly every amount is {percent} below the price list.",
        f"That looks like a discount of {percent}. These reports give no list price, so it stands "
        "under unexplained until you say so.",
        "If your contract says the same, enter it as a contract price.",
    )
