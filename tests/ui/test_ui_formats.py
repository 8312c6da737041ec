"""Figures, days and words as people read them."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import money
from core.ui import charts, formats

D = money.UNITS_PER_DOLLAR


@pytest.mark.parametrize(
    ("value", "measure", "expected"),
    [
        (0, "cost", "$0.00"),
        (1, "cost", "$0.00"),
        (12 * D + D // 2, "cost", "$12.50"),
        (-5 * D, "cost", "-$5.00"),
        (9_999 * D, "cost", "$9,999.00"),
        (12_345 * D + D // 2, "cost", "$12,346"),
        (155_061 * D, "cost", "$155.06k"),
        (1_234_567 * D, "list_cost", "$1.23M"),
        (-2_500_000_000 * D, "cost", "-$2.50B"),
        (999, "tokens", "999"),
        (1_500, "tokens", "1.50k"),
        (1_210_000_000_000, "tokens", "1.21T"),
        (-1_500, "requests", "-1.50k"),
    ],
)
def test_a_headline_is_short(value: int, measure: str, expected: str) -> None:
    assert formats.short(value, measure) == expected


@pytest.mark.parametrize(
    ("value", "measure", "expected"),
    [
        (1, "cost", "$0.0000000001"),
        (1_234_567 * D + 8 * D // 10, "cost", "$1,234,567.80"),
        (-D, "list_cost", "-$1.00"),
        (1_234_567, "tokens", "1,234,567"),
    ],
)
def test_an_exact_figure_keeps_its_last_digit(value: int, measure: str, expected: str) -> None:
    assert formats.exact(value, measure) == expected


@given(st.integers(-(2**62), 2**62))
def test_an_exact_figure_reads_back_as_itself(value: int) -> None:
    shown = formats.exact(value).replace("$", "").replace(",", "")
    assert money.from_dollars(shown) == value


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (110, 100, "+10.0%"),
        (90, 100, "-10.0%"),
        (100, 100, "+0.0%"),
        (1, 3, "-66.7%"),
        (5, 0, None),
        (10, -10, "+200.0%"),
    ],
)
def test_a_change_in_percent(now: int, before: int, expected: str | None) -> None:
    assert formats.change(now, before) == expected


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, "33.3%"), (2, 3, "66.7%"), (0, 5, "0.0%"), (-1, 4, "-25.0%"), (1, 0, "\N{EN DASH}")],
)
def test_a_share_in_percent(part: int, whole: int, expected: str) -> None:
    assert formats.share(part, whole) == expected


def test_a_span_is_named_by_its_first_and_last_day() -> None:
    first = date(2026, 11, 1)
    assert formats.days(first, date(2026, 11, 23)) == "1 Nov 2026 to 22 Nov 2026"
    assert formats.days(first, date(2026, 11, 2)) == "1 Nov 2026"
    assert formats.day(None) == "never"


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=3), "3 days ago"),
    ],
)
def test_how_long_ago(past: timedelta, expected: str) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert formats.ago(now - past, now) == expected
    assert formats.ago(None, now) == "never"


def test_words_of_the_api_get_their_products_names_and_unknown_ones_stay() -> None:
    assert formats.value("product", "claude_code") == "Claude Code"
    assert formats.value("operation", "cache_write_5m") == "Cache write, 5 min"
    assert formats.value("product", "brand_new") == "brand_new"
    assert formats.value("model", None) == "none"
    assert formats.title("some_dimension") == "Some dimension"


@given(st.text("ab*_[]()<>$:`~|!#\\&^=+-.{}\n /w", max_size=30))
def test_plain_text_has_no_character_that_markdown_could_take(text: str) -> None:
    shown = formats.plain(text)
    kept = iter(shown)
    for character in kept:
        if character == "\\":
            assert next(kept) in text
        else:
            assert character not in r"`*_{}[]()<>#+-.!|$:~&^="


def test_commands_in_a_sentence_are_code_and_the_rest_is_plain() -> None:
    assert formats.commands("1*2 or `a-b c`.") == r"1\*2 or `a-b c`\."
    assert formats.commands("no command") == "no command"


@pytest.mark.parametrize("name", ["a`b", "```[x](http://evil)`", "``", "`", "a``b`c`"])
def test_backticks_in_a_name_are_text_and_bring_no_markdown(name: str) -> None:
    said = formats.commands(f"Choose {name}, not *that*.")
    assert said == formats.plain(f"Choose {name}, not *that*.")


def test_an_amount_in_a_table_is_rounded_to_cents_and_no_zero_has_a_minus():
    units = pl.DataFrame({"u": [-100_000, 12_345_000_000, -50_000_000, 49_999_999, -(10**10)]})
    shown = units.select(charts.cents(pl.col("u"))).to_series().to_list()
    assert shown == [0.0, 1.23, -0.01, 0.0, -1.0]
    assert str(shown[0]) == "0.0"
