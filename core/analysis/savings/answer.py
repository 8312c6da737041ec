"""What levers would save: the bill as it is, each lever alone, and all of them together."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import polars as pl

from core.analysis import filters
from core.analysis.explore import ask
from core.analysis.query import Query, View
from core.analysis.savings.breakeven import BreakEven, break_evens, hit_rate
from core.analysis.savings.cells import LINES, Cell, cells
from core.analysis.savings.families import newest
from core.analysis.savings.levers import ONE, changes, factor
from core.analysis.savings.plan import LEVERS, Plan, Swap
from core.analysis.savings.portions import portions
from core.analysis.savings.rates import TOKENS, Rates, rates
from core.analysis.savings.seats import Seats, a_month, fee, seats
from core.ledger.book import Book
from core.ledger.prices import ContractPrice

DEFAULT_HITS = Fraction(1, 2)
"""Hit rate to assume where nothing was cached yet and nobody says another."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lever saves: names as people read them, and the saving in units of 1e-8 cents."""

    workspace: str | None
    api_key: str | None
    product: str | None
    model: str
    saving: int


@dataclass(frozen=True, slots=True)
class Lever:
    """One lever alone: what it saves in the period (below zero: costs) and of how much.

    `reach` is the cost that it changes. `places` come largest first. `least`: what a change of
    models saves if every prompt is so long that it costs the most; elsewhere the saving.
    """

    name: str
    saving: int
    reach: int
    places: tuple[Place, ...] = ()
    least: int = 0

    @property
    def title(self) -> str:
        """Return the lever's title."""
        return LEVERS[self.name]


@dataclass(frozen=True)
class Savings:
    """The answer. All amounts are units of 1e-8 cents of the period, which has `days` of data.

    `lines`: before and after all levers of the plan, by name in `cells.LINES`; they sum to
    `before` and `after`. `levers`: those of the plan, each alone, largest first; `resting` those
    that are not pulled, also alone. `view` is the billed cost. `listed`: what it would be at list
    prices, None where a source does not say. `hit_rate`: as measured; `assumed` the one used.
    `newest` is what each model's family has come to. `slow_unknown` is the cost of which no report
    says the speed.
    """

    view: View
    plan: Plan
    days: int
    lines: dict[str, tuple[int, int]]
    levers: tuple[Lever, ...]
    resting: tuple[Lever, ...]
    seats: Seats
    listed: int | None
    hit_rate: Fraction | None
    assumed: Fraction
    breakevens: list[BreakEven]
    contract: bool
    newest: dict[str, str] = field(default_factory=dict)
    slow_unknown: int = 0
    seats_unknown: bool = False

    @property
    def before(self) -> int:
        """Return the bill as it is, with seat fees as entered."""
        return sum(before for before, _ in self.lines.values())

    @property
    def after(self) -> int:
        """Return the bill under all levers together."""
        return sum(after for _, after in self.lines.values())

    @property
    def saving(self) -> int:
        """Return what all levers save together."""
        return self.before - self.after

    @property
    def alone(self) -> int:
        """Return the sum of what each lever saves alone."""
        return sum(lever.saving for lever in self.levers)

    def month(self, units: int) -> int:
        """Return an amount of the period as one of an average month."""
        return a_month(units, self.days)


def savings(book: Book, query: Query, plan: Plan, prices: Sequence[ContractPrice] = ()) -> Savings:
    """Return what a plan would save of the costs that a query asks for.

    Raises as `ask` does, and UnknownName for a swap at a place that nobody knows.
    """
    view = ask(book, replace(query, by=(), measure="cost"))
    parts = portions(book, view.query)
    models = set(parts["model"].drop_nulls())
    upgrades = newest(models)
    targets = {*upgrades.values(), *(swap.new for swap in plan.swaps)}
    priced = rates(parts["day"], models | targets, prices)
    found = cells(parts, priced)
    measured = hit_rate(found, priced)
    assumed = plan.hit_rate if plan.hit_rate is not None else measured or DEFAULT_HITS
    model = _Model(priced, found, assumed, upgrades, _places(book, query, plan))
    staff, days = seats(book, query), _days(book, query)
    each = {name: _lever(model, plan, name, staff, days) for name in LEVERS}
    ordered = sorted(each.values(), key=lambda lever: -lever.saving)
    return Savings(
        view, plan, days,
        _lines(model, plan, staff, days),
        tuple(lever for lever in ordered if lever.name in plan.levers),
        tuple(lever for lever in ordered if lever.name not in plan.levers),
        staff, _listed(book, view), measured, assumed,
        break_evens(found, priced), bool(prices), upgrades,
        int(parts.filter(_speedless())["amount"].sum()), staff.asked and not staff.known,
    )  # fmt: skip


@dataclass(frozen=True)
class _Model:
    """The bill and the prices under which it is worked out again."""

    rates: Rates
    cells: list[Cell]
    hit_rate: Fraction
    newest: dict[str, str]
    places: dict[Swap, frozenset[str]]

    def amounts(self, plan: Plan, *, steep: bool = False) -> Iterator[int]:
        """Yield each cell's amount under a plan; a half unit rounds up, once a cell."""
        made = changes(plan, self.rates, self.hit_rate, self.newest, self.places, steep=steep)
        scoped = any(swap.dim for swap in plan.swaps)
        known: dict[object, Fraction] = {}
        for cell in self.cells:
            place = (cell.workspace, cell.api_key) if scoped else None
            key = (cell.state, cell.epoch, cell.api, cell.open, place)
            if key not in known:
                known[key] = factor(cell, made, self.rates)
            yield times(cell.amount, known[key])


def times(amount: int, share: Fraction) -> int:
    """Return an amount times an exact share, a half unit rounded up."""
    if share == ONE:
        return amount
    return (2 * amount * share.numerator + share.denominator) // (2 * share.denominator)


def _lever(model: _Model, plan: Plan, name: str, staff: Seats, days: int) -> Lever:
    """Return one lever alone, whether the plan pulls it or not."""
    if name == "seats":
        paid = fee(staff.members, plan.seat_price, days)
        spared = paid - fee(staff.used, plan.seat_price, days)
        return Lever(name, spared, paid, (), spared)
    places: Counter[tuple[str | None, str | None, str | None, str]] = Counter()
    reach = 0
    alone = replace(plan, levers=frozenset({name}))
    after = list(model.amounts(alone))
    for cell, amount in zip(model.cells, after, strict=True):
        if cell.state is not None and amount != cell.amount:
            where = (cell.workspace_name or cell.workspace, cell.api_key_name or cell.api_key,
                     cell.product, cell.state.model)  # fmt: skip
            places[where] += cell.amount - amount
            reach += cell.amount
    ranked = tuple(Place(*where, saving) for where, saving in places.most_common())
    saving = least = sum(places.values())
    if name in ("newest", "swap") and saving:
        least += sum(after) - sum(model.amounts(alone, steep=True))
    return Lever(name, saving, reach, ranked, least)


def _lines(model: _Model, plan: Plan, staff: Seats, days: int) -> dict[str, tuple[int, int]]:
    sums = {name: [0, 0] for name in LINES}
    for cell, amount in zip(model.cells, model.amounts(plan), strict=True):
        sums[cell.line][0] += cell.amount
        sums[cell.line][1] += amount
    kept = staff.used if "seats" in plan.levers else staff.members
    sums["seats"] = [fee(count, plan.seat_price, days) for count in (staff.members, kept)]
    return {name: (before, after) for name, (before, after) in sums.items()}


def _places(book: Book, query: Query, plan: Plan) -> dict[Swap, frozenset[str]]:
    """Return the ids of a swap's workspace or key; raises UnknownName."""
    asked = {swap: ((swap.dim, swap.value),) for swap in plan.swaps if swap.dim}
    return {
        swap: filters.alternatives(book, Query((), "cost", query.span, where=where))[swap.dim]
        for swap, where in asked.items()
    }


def _speedless() -> pl.Expr:
    """Return whether a portion's speed is unknown though it is of tokens."""
    tokens = pl.col("operation").is_in(TOKENS) & pl.col("model").is_not_null()
    return tokens & pl.col("speed").is_null()


def _days(book: Book, query: Query) -> int:
    """Return how many days of the span have data, of any connection."""
    inside = pl.col("day").is_between(query.span.start, query.span.end, closed="left")
    held = book.days.filter(inside, pl.col("present"), pl.col("family") == "cost")
    return held["day"].n_unique()


def _listed(book: Book, view: View) -> int | None:
    """Return the bill at list prices; None where a source does not say all of it."""
    found = ask(book, replace(view.query, measure="list_cost"))
    told = all(finding.code != "list_cost_not_available" for finding in found.findings)
    return found.total if told and found.total else None
