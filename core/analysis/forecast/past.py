"""How far a method's own past forecasts were off, and what that says of the next one."""

from dataclasses import dataclass
from itertools import accumulate

from core.analysis.forecast.weeks import MODEL, SHORTEST, WEEK

FEWEST = 15
"""Past windows without which no band is given."""

RECENT = 200
"""Days back from which windows are taken, as long as there are enough of them."""

_LEVEL_DAYS = SHORTEST[MODEL]


@dataclass(frozen=True, slots=True)
class Window:
    """Days from an origin on: `lead` days later up to and without `end` days later."""

    lead: int
    end: int


class Past:
    """A run of days and, for some of them, the weeks that were expected from there on.

    `values`: units of 1e-8 cents a day; `guessed`: indexes of days that are not known and were
    filled in; `weeks`: by index of the first day expected, what `weeks_after` says.
    """

    def __init__(
        self, values: tuple[int, ...], guessed: frozenset[int], weeks: dict[int, tuple[int, ...]]
    ) -> None:
        self.size = len(values)
        self.weeks = weeks
        self._expected = {c: (0, *accumulate(days)) for c, days in weeks.items()}
        self._sums = (0, *accumulate(values))
        self._kept: dict[tuple[Window, int], list[int]] = {}
        self._guessed = (0, *accumulate(int(n in guessed) for n in range(len(values))))

    def actual(self, start: int, end: int) -> int:
        """Return what the days from one index up to another cost."""
        return self._sums[end] - self._sums[start]

    def expected(self, origin: int, window: Window) -> int:
        """Return what was expected at an origin of the days of a window."""
        sums = self._expected[origin]
        return repeated(sums, window.end) - repeated(sums, window.lead)

    def known(self, start: int, end: int) -> bool:
        """Say whether at most a tenth of some days was filled in."""
        return 10 * (self._guessed[end] - self._guessed[start]) <= end - start

    def errors(self, window: Window, at: int | None = None) -> list[int]:
        """Return actual less expected of every past window that had ended at a day, by size.

        Each is scaled by how much larger the days are now than then: one to three times, for a
        spend that has grown is missed by more. `at` is an index, by default the end of the run.
        """
        now = self.size if at is None else at
        if (window, now) not in self._kept:
            self._kept[window, now] = self._errors(window, now)
        return self._kept[window, now]

    def _errors(self, window: Window, now: int) -> list[int]:
        over = [c for c in self.weeks if c + window.end <= now and self._usable(c, window)]
        recent = [c for c in over if c >= now - RECENT]
        chosen = recent if len(recent) >= FEWEST else over
        return sorted(self._scaled(c, window, now) for c in chosen)

    def longest(self, length: int, farthest: int) -> Window | None:
        """Return the latest window of a length, or the longest below it, with enough errors.

        It ends no more than `farthest` days ahead.
        """
        origins = sorted(self.weeks)
        last = self.size - origins[FEWEST - 1] if len(origins) >= FEWEST else 0
        windows = (Window(max(0, end - length), end) for end in range(min(last, farthest), 0, -1))
        return next((w for w in windows if len(self.errors(w)) >= FEWEST), None)

    def _usable(self, origin: int, window: Window) -> bool:
        return self.known(origin + window.lead, origin + window.end)

    def _scaled(self, origin: int, window: Window, now: int) -> int:
        error = self.actual(origin + window.lead, origin + window.end)
        error -= self.expected(origin, window)
        then, today = self._level(origin), self._level(now)
        if today <= then:
            return error
        # Three times where there was nothing to grow from; halves are rounded up.
        grown, whole = (min(today, 3 * then), then) if then > 0 else (3, 1)
        return (2 * error * grown + whole) // (2 * whole)

    def _level(self, at: int) -> int:
        return self.actual(max(0, at - _LEVEL_DAYS), at)


def repeated(sums: tuple[int, ...], days: int) -> int:
    """Return what days that add up to `sums` cost, their last week repeated as often as needed."""
    known = len(sums) - 1
    if days <= known:
        return sums[days]
    whole, rest = divmod(days - known, WEEK)
    week = sums[-1] - sums[-1 - WEEK]
    return sums[-1] + whole * week + sums[known - WEEK + rest] - sums[known - WEEK]


def half_width(errors: list[int], level: int) -> int:
    """Return what a share of errors, `level` percent, did not exceed: split conformal prediction.

    With few errors the largest one stands for a share that they cannot tell.
    """
    sizes = sorted(abs(error) for error in errors)
    place = -(-(len(sizes) + 1) * level // 100)
    return sizes[min(place, len(sizes)) - 1]
