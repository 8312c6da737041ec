"""Conditions of budgets: an amount that is passed, and one that the forecast passes."""

from collections.abc import Iterator
from datetime import date

from core.analysis.budgets.pace import Ahead
from core.money import label
from core.watch import budgets
from core.watch.alerts.alert import Alert
from core.watch.alerts.scene import Scene
from core.watch.alerts.standing import standing


def budget(scene: Scene) -> Iterator[Alert]:
    """Yield an alert for each budget of this month whose amount is passed."""
    month = scene.today.replace(day=1)
    for told in budgets.read(scene.engine, scene.book, scene.moment).told:
        amount, name = told.node.amount, told.node.budget.name
        if amount is not None and told.spent > amount:
            when = f", passed on {told.crossed}" if told.crossed else ""
            yield Alert(
                "budget", f"budget/{name}/{month:%Y-%m}",
                f"The budget {name} is used up.",
                f"{label(told.spent)} of {label(amount)} were spent in {month:%B %Y}{when}.",
                "forecast",
                told.spent - amount,
            )  # fmt: skip


def budget_forecast(scene: Scene) -> Iterator[Alert]:
    """Yield an alert for each budget that the forecast passes before this month ends.

    Told when the expected sum passes it, it stands as long as the 80 % band does: a forecast moves
    a little each day, and would heal and come back. What is not worked out anew stands as it was.
    """
    there = {s.alert.key: s.alert for s in standing(scene.engine)
             if s.alert.kind == "budget_forecast"}  # fmt: skip
    found = budgets.outlooks(scene.engine, scene.book, scene.moment)
    month = scene.today.replace(day=1)
    if not found.current:
        yield from (one for key, one in there.items() if key.endswith(f"/{month:%Y-%m}"))
        return
    amounts = {told.node.budget.name: told.node.amount
               for told in budgets.read(scene.engine, scene.book, scene.moment).told}  # fmt: skip
    for name, ahead in found.ahead.items():
        key, amount = f"budget_forecast/{name}/{month:%Y-%m}", amounts.get(name)
        if amount is None or ahead.crossed:
            continue
        if ahead.day is not None or (key in there and ahead.early is not None):
            yield _will_cross(name, key, amount, ahead, month)


def _will_cross(name: str, key: str, amount: int, ahead: Ahead, month: date) -> Alert:
    expected = ahead.estimate.expected
    when = f" on {ahead.day}" if ahead.day else ""
    band = f" (80 %: {ahead.early} to {ahead.late or 'after this month'})" if ahead.early else ""
    sums = "" if expected is None else f" {label(expected)} are expected."
    return Alert(
        "budget_forecast", key,
        f"The budget {name} will probably be passed this month.",
        f"By the forecast{when}{band}. {label(amount)} may be spent in {month:%B %Y}.{sums}",
        "forecast",
        expected - amount if expected is not None and expected > amount else None,
    )  # fmt: skip
