"""The chart of restatements: how wide its bars are."""

from datetime import date

import polars as pl

from core.ui.changes import _width


def test_bars_of_few_days_have_a_width_and_bars_of_many_fill_their_days():
    first = date(2026, 11, 1)
    assert _width(pl.Series([first])) == 20
    assert _width(pl.Series([first, date(2026, 11, 14)])) == 20
    assert _width(pl.Series([first, date(2026, 11, 15)])) is None
    assert _width(pl.Series([], dtype=pl.Date)) is None
