from datetime import date

import pytest
import typer

from core.analysis.query import DIMS, MEASURES
from core.calendar import Span
from core.cli import options
from core.cli.cells import cells, is_money
from core.cli.words import words
from core.errors import BadValue

TODAY = date(2026, 11, 23)
CONTRACT = (
    "day", "week", "month", "connection", "source", "organization", "workspace", "api_key", "user",
    "product", "model", "operation", "token_type", "service_tier", "context_window",
    "inference_geo", "speed", "basis",
)  # fmt: skip


def _unasked():
    raise AssertionError("the ledger was asked for its first day, though a start was given")


def test_every_dimension_of_the_contract_is_a_word():
    assert words(",".join(CONTRACT), []) == (CONTRACT, ())
    assert set(CONTRACT) <= set(DIMS)
    assert {"cost", "list_cost", "tokens", "requests"} <= set(MEASURES)


def test_conditions_are_pairs_whose_value_may_hold_anything():
    _, pairs = words("day", ["model=claude-opus-5-5", "description=a = b", "api_key="])
    assert pairs == (
        ("model", "claude-opus-5-5"),
        ("description", "a = b"),
        ("api_key", None),
    )


@pytest.mark.parametrize(
    ("by", "where", "says"),
    [
        ("colour", [], "'colour' is no dimension"),
        ("day,", [], "'' is no dimension"),
        ("day,model,day", [], "twice"),
        ("day", ["model"], "DIM=VALUE"),
        ("day", ["colour=red"], "'colour' is no dimension"),
    ],
)
def test_words_that_are_off_are_usage_errors(by, where, says):
    with pytest.raises(typer.BadParameter, match=says):
        words(by, where)


def test_the_default_period_is_everything_up_to_and_with_today():
    span = options.span(None, None, lambda: date(2025, 10, 29), TODAY)
    assert span == Span(date(2025, 10, 29), date(2026, 11, 24))


def test_an_empty_ledger_has_today():
    assert options.span(None, None, lambda: None, TODAY) == Span(TODAY, date(2026, 11, 24))
    assert options.span(None, "2026-03-01", lambda: None, TODAY) == Span(
        date(2026, 2, 28), date(2026, 3, 1)
    )


def test_days_asked_for_are_taken_as_they_are():
    span = options.span("2026-02-28", "2026-03-01", _unasked, TODAY)
    assert span == Span(date(2026, 2, 28), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-01", "2026-03-01"),
        ("2026-03-02", "2026-03-01"),
        ("2026-13-01", None),
        ("1.3.2026", None),
        (None, "yesterday"),
        ("", None),
        ("2030-01-01", None),
    ],
)
def test_periods_without_a_day_and_what_is_no_day_are_refused(start, end):
    with pytest.raises(BadValue):
        options.span(start, end, _unasked, TODAY)


def test_values_are_written_as_the_contract_has_them():
    row = {"day": date(2026, 11, 2), "week": date(2026, 11, 2), "month": date(2026, 11, 1)}
    assert cells({**row, "user": None}) == {
        "day": "2026-11-02",
        "week": "2026-11-02",
        "month": "2026-11",
        "user": None,
    }
    assert is_money("cost")(4_128_000_000_000) == "412.80"
    assert is_money("list_cost")(123_456_000) == "0.0123456"
    assert is_money("tokens")(1_234_567) == "1234567"
