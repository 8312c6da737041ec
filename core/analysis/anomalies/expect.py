"""What each day of a series was expected to cost, one day ahead, from the days before it alone."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

from core.analysis.anomalies.rules import Band, noisy
from core.money import UNITS_PER_CENT, UNITS_PER_DOLLAR

Model = Callable[[Sequence[float]], float]
"""Takes the days so far, in dollars, and returns the next."""

WARM = 21
"""Days of history that the model needs: three whole weeks."""

RESIDUALS = 84
"""How many of its own past errors tell the noise of a series."""

FEWEST = 21
"""With fewer of them nothing is judged."""

_WINDOW = 112
_ABOVE, _BELOW = 7, 14
"""After so many days above (below) what was expected, that is the new level. Longer below: the
days from Christmas to New Year must not make January look dear."""

_HALF_A_DOLLAR = UNITS_PER_DOLLAR // 2


def one_step() -> Model:
    """Return the model: MSTL with a week's season and simple exponential smoothing of the rest."""
    import numpy as np
    from statsforecast.models import MSTL, AutoETS

    model = MSTL(season_length=7, trend_forecaster=AutoETS(model="ANN"))

    def ahead(history: Sequence[float]) -> float:
        found = float(model.forecast(y=np.array(history), h=1)["mean"][0])
        return found if np.isfinite(found) else history[-7]

    return ahead


def bands(
    first: date,
    values: Sequence[int | None],
    free: Collection[date],
    kept: Sequence[Band | None] = (),
    model: Model | None = None,
) -> list[Band | None]:
    """Return what each day was expected to cost; None for the first days and where no day is known.

    `values`: cost by day from `first` on, None for a day that is not known or not over. `free`:
    holidays, of which nothing is learnt when they are low. `kept`: bands of earlier work that the
    values before them have not changed since. `model` is `one_step()` unless given.
    """
    walk = _Walk(model)
    found: list[Band | None] = []
    for place, value in enumerate(values):
        known = kept[place] if place < len(kept) else None
        band = known or walk.band()
        found.append(band if value is not None else None)
        walk.take(value, band, holiday=first + timedelta(days=place) in free)
    return found


@dataclass
class _Walk:
    """The days so far as the model may learn from them: holidays and outliers levelled out.

    `guess` is what was expected of each day, `raw` what it cost, `clean` what is learnt from.
    `errors` are those of the model, each with the series' level at that time: noise grows with it.
    """

    model: Model | None
    clean: list[int] = field(default_factory=list)
    guess: list[int] = field(default_factory=list)
    raw: list[int] = field(default_factory=list)
    errors: list[tuple[int, int]] = field(default_factory=list)
    since: int = 0
    side: int = 0
    off: int = 0

    def band(self) -> Band | None:
        """Return what the next day is expected to cost, or None while it is too early."""
        self._look_back()
        if len(self.clean) < WARM:
            return None
        self.model = self.model or one_step()
        history = [units / UNITS_PER_DOLLAR for units in self.clean[-_WINDOW:]]
        expected = max(0, round(self.model(history) * 100) * UNITS_PER_CENT)
        return Band(expected, self._scale(), self._spent())

    def take(self, value: int | None, band: Band | None, *, holiday: bool) -> None:
        """Learn from a day, or, where it would mislead, from what was expected of it."""
        self._look_back()
        instead = band.expected if band else self._week_before()
        self.guess.append(instead)
        if value is None or (holiday and value < instead):
            self.raw.append(instead)
            self.clean.append(instead)
            return
        side = noisy(value, band) if band else 0
        self.raw.append(value)
        self.clean.append(instead if side else value)
        if band:
            self.errors.append((value - band.expected, self._level()))
        if side and side != self.side:
            self.side, self.since, self.off = side, len(self.clean) - 1, 0
        self.off += side == self.side and side != 0

    def _week_before(self) -> int:
        return self.clean[-7] if len(self.clean) >= 7 else self.clean[-1] if self.clean else 0

    def _look_back(self) -> None:
        """A week (below: two) after an outlier see whether it began a new level, and learn that."""
        limit = _ABOVE if self.side > 0 else _BELOW
        if self.side and len(self.clean) - self.since >= limit:
            if self._is_level(limit):
                self._new_level()
            self.side = 0

    def _is_level(self, limit: int) -> bool:
        """Say whether most of the days were off, and the last two still are, half as far."""
        cost, guess = self.raw[self.since :], self.guess[self.since :]
        off, last = sum(cost) - sum(guess), sum(cost[-2:]) - sum(guess[-2:])
        still = self.side * 2 * last * sum(guess) >= self.side * off * sum(guess[-2:])
        return 2 * self.off > limit and still

    def _new_level(self) -> None:
        """Lift all days before to the new level, by a factor or by an amount, as it fits better."""
        cost, guess = self.raw[self.since :], self.guess[self.since :]
        before, after, days = sum(guess), sum(cost), len(cost)
        self.clean[self.since :] = cost
        if 0 < before < 20 * after and after < 20 * before:
            added = (after - before) // days
            by_factor = sum(abs(c - g * after // before) for c, g in zip(cost, guess, strict=True))
            by_amount = sum(abs(c - g - added) for c, g in zip(cost, guess, strict=True))
            lifted = [
                units * after // before if by_factor <= by_amount else units + added
                for units in self.clean[: self.since]
            ]
            self.clean[: self.since] = [max(0, units) for units in lifted]

    def _scale(self) -> int:
        """Return the noise: 1.4826 x MAD of past errors, but 5 % of a day and $0.50 at least."""
        if len(self.errors) < FEWEST:
            return 0
        level = self._level()
        last = [error * level // then for error, then in self.errors[-RESIDUALS:]]
        middle = median(last)
        spread = round(median(abs(error - middle) for error in last) * 1.4826)
        return max(spread, level // 20, _HALF_A_DOLLAR)

    def _level(self) -> int:
        """Return the mean day of the last four weeks, a cent at least."""
        month = self.clean[-28:]
        return max(UNITS_PER_CENT, sum(month) // len(month))

    def _spent(self) -> int:
        month = self.clean[-30:]
        return sum(month) * 30 // len(month)
