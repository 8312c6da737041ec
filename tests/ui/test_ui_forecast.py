"""Forecast & budgets, the page: it reads what the sync worked out, and works out nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from ui_desk import Dashboard, words

from core.analysis.forecast import weeks
from core.analysis.forecast.outlook import Estimate, Outlook
from core.analysis.forecast.record import Record
from core.calendar import Span, month_start, next_month, now
from core.ledger import forecasts as kept
from core.ui import forecast as ui
from core.ui import forecast_charts, formats
from core.watch import forecasts

USD = 10**10
TODAY = now().date()


@pytest.fixture
def forecast(filled: Dashboard, monkeypatch: pytest.MonkeyPatch) -> Outlook:
    """The organisation's forecast, kept as after a sync; the model repeats the last week."""

    def last(runs: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
        return {key: run[-7:] for key, run in runs.items()}

    monkeypatch.setattr(weeks, "_modelled", last)
    assert forecasts.step(filled.engine, filled.settings, now) == []
    (whole,) = forecasts.read(filled.engine).outlooks
    # From here on nothing may be fitted: a page reads.
    monkeypatch.setattr(weeks, "weeks_after", None)
    return whole


def test_the_estimate_its_parts_and_its_record_are_said_first(
    filled: Dashboard, forecast: Outlook
) -> None:
    text = words(filled.open("forecast"))
    month = ui.this_month(forecast, TODAY)
    assert month.expected is not None
    assert f"## Month-end estimate {formats.plain(ui.about(month.expected))}" in text
    assert formats.plain(ui.likely(month)) in text
    assert f"Data complete through {formats.day(forecast.as_of - timedelta(days=1))}" in text
    assert weeks.WORDS[weeks.MODEL] in text
    record = forecast.record
    assert record.wape is not None
    assert f"## Missed by {float(record.wape):.1%}" in text
    assert "No past forecast so far ahead could be checked" in text


def test_the_figures_in_full_stand_behind_the_short_ones(
    filled: Dashboard, forecast: Outlook
) -> None:
    at = filled.open("forecast")
    month = ui.this_month(forecast, TODAY)
    assert month.expected is not None
    shown = {metric.label: metric.value for metric in at.metric}
    assert shown["Spent so far"] == formats.short(month.actual)
    assert shown["Still to come"] == formats.short(month.expected - month.actual)


@pytest.mark.parametrize("time", list(ui.SPANS))
def test_the_table_has_the_parts_of_the_time_chosen(
    filled: Dashboard, forecast: Outlook, time: str
) -> None:
    at = filled.open("forecast", by="Product", time=ui.SPANS[time])
    table = at.dataframe[0].value
    parts = forecasts.read(filled.engine, "product").outlooks
    assert len(table) == len(parts) > 2
    total = ui.of(forecast, time, TODAY)
    assert total.expected is not None
    assert sum(ui.of(part, time, TODAY).expected or 0 for part in parts) == total.expected
    assert table["expected"].sum() == pytest.approx(total.expected / USD)
    assert formats.plain(formats.exact(total.expected)) in words(at)
    assert "claude-spend forecast --by product" in [code.value for code in at.code]


def test_parts_from_other_facts_are_not_shown_as_parts_of_this_forecast(
    filled: Dashboard, forecast: Outlook
) -> None:
    rows = kept.newest(filled.engine, "")
    kept.keep(filled.engine, rows, "from other facts", now())
    at = filled.open("forecast", by="Product")
    assert "Not worked out by product yet" in at.info[0].value
    # Members' spend limits are all that is left of tables.
    assert all("Member" in table.value for table in at.dataframe)


def test_before_the_first_forecast_the_page_says_what_brings_it(filled: Dashboard) -> None:
    assert "No forecast has been worked out yet" in filled.open("forecast").info[0].value


def test_an_empty_ledger_leads_to_connections(start: Callable[..., Dashboard]) -> None:
    assert "first sync" in start().open("forecast").info[0].value


@pytest.mark.parametrize(
    ("units", "to", "said"),
    [
        (213_326 * USD, "nearest", "$213,000"),
        (2_586_607 * USD, "nearest", "$2,590,000"),
        (207_874 * USD, "down", "$207,000"),
        (218_001 * USD, "up", "$219,000"),
        (219_000 * USD, "up", "$219,000"),
        (45 * USD + 1, "down", "$45"),
        (123 * USD // 1000, "nearest", "$0.12"),
        (0, "down", "$0"),
    ],
)
def test_ends_are_rounded_outwards_to_three_digits(units: int, to: str, said: str) -> None:
    assert ui.about(units, to) == said


def test_the_month_adds_up_and_its_path_begins_where_it_ends() -> None:
    start = month_start(TODAY)
    span = Span(start, next_month(start))
    as_of = start + timedelta(days=3)
    month = Estimate(span, 30 * USD, 40 * USD, 35 * USD, 45 * USD, run_rate=2 * span.days * USD)
    path = (
        Estimate(Span(start, as_of + timedelta(days=1)), 30 * USD, 40 * USD, 35 * USD, 45 * USD),
    )
    empty = Estimate(span, 0)
    outlook = Outlook("", None, "", "", weeks.MODEL, start, as_of, 3, (month,), empty, empty, path,
                      Record())  # fmt: skip
    chart = forecast_charts.month(
        outlook, month, {start: 10 * USD, start + timedelta(days=1): 20 * USD}
    )
    rows = chart.data.select("kind", "amount", "bottom").rows()
    # Spent: 10, 30 and, on a day without cost, 30 again; from there to 40; the run rate's ends.
    assert [(kind, amount) for kind, amount, _ in rows] == [
        ("Spent", 10.0), ("Spent", 30.0), ("Spent", 30.0), ("Expected", 30.0), ("Expected", 40.0),
        ("Run rate", 2.0), ("Run rate", 2.0 * span.days),
    ]  # fmt: skip
    assert [bottom for *_, bottom in rows] == [None, None, None, 30.0, 35.0, None, None]


def test_who_cannot_see_the_chart_reads_it() -> None:
    span = Span(month_start(TODAY), next_month(TODAY))
    said = forecast_charts.takeaway(Estimate(span, 5 * USD, 9 * USD, 8 * USD, 11 * USD))
    assert said.endswith("$5.00 spent so far, $9.00 expected by its end, likely $8.00 to $11.00.")
    assert forecast_charts.takeaway(Estimate(span, 0)).endswith("; no forecast.")
