"""A frame in blocks of one family and cut, each by day: taking a span of a cut copies nothing."""

from collections.abc import Collection, Iterator

import polars as pl

from core.calendar import Span


class Blocks:
    """A frame with `family`, `cut` and `day`, and where in it each block lies."""

    def __init__(self, frame: pl.DataFrame) -> None:
        """Find the blocks; a frame in any other order is sorted first."""
        places = _places(frame)
        if places is None:
            frame = frame.sort("family", "cut", "day")
            places = _places(frame) or {}
        self.frame = frame
        self._places = places

    @property
    def height(self) -> int:
        """Return how many rows all blocks have."""
        return self.frame.height

    def parts(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Yield each block with its family, in their order."""
        for (family, _), place in sorted(self._places.items(), key=lambda item: item[1]):
            yield family, self.frame.slice(*place)

    def take(self, family: str, cuts: Collection[str], span: Span | None) -> pl.DataFrame:
        """Return the rows of some cuts of a family, on the days of `span` if there is one."""
        wanted = [self._places[family, cut] for cut in cuts if (family, cut) in self._places]
        parts = [_on(self.frame.slice(*place), span) for place in sorted(wanted)]
        return pl.concat(parts, rechunk=False) if parts else self.frame.clear()


def _on(block: pl.DataFrame, span: Span | None) -> pl.DataFrame:
    if span is None:
        return block
    day = block["day"]
    first = int(day.search_sorted(span.start, side="left"))
    end = int(day.search_sorted(span.end, side="left"))
    return block.slice(first, max(end - first, 0))


def _places(frame: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int]] | None:
    """Return (offset, length) by family and cut; None where the frame is in another order."""
    # Runs instead of groups: the first question of a process waits for this.
    begins = frame.select(_begins("family") | _begins("cut")).to_series().arg_true()
    keys = frame.select("family", "cut")[begins]
    if keys.is_duplicated().any():
        return None
    ends = [*begins.to_list()[1:], frame.height]
    places = [(start, end - start) for start, end in zip(begins.to_list(), ends, strict=False)]
    if not all(frame["day"].slice(*place).is_sorted() for place in places):
        return None
    return {(str(f), str(c)): place for (f, c), place in zip(keys.rows(), places, strict=True)}


def _begins(name: str) -> pl.Expr:
    """Return where a column's value is another one than in the row before, and in the first row."""
    row = pl.col(name)
    return row.ne_missing(row.shift()) | (pl.int_range(pl.len()) == 0)
