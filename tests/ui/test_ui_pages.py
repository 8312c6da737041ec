"""Every page draws itself: with nothing, with figures, with the simulated organisation, broken."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from small_company import ENTERPRISE
from ui_desk import PAGES, Dashboard, Start, words

from core import demo, money, simulated
from core.calendar import Span, now
from core.connections import store
from core.errors import DatabaseUnusable
from core.ledger.names import NameRow, replace_names
from core.ui import context, formats, shell

FIGURES = ["overview", "explorer", "usage", "sources", "overlap"]
HOSTILE = (
    "<img src=x onerror=alert(1)> [go](javascript:alert(1)) :red[$x^2$] ![](http://x.invalid/)"
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_itself_with_nothing_connected(start: Start, name: str) -> None:
    at = start().open(name)
    assert len(at.title) == 1
    assert not at.error


@pytest.mark.parametrize("name", FIGURES)
def test_without_figures_a_page_says_what_comes_and_leads_to_connections(
    start: Start, name: str
) -> None:
    at = start().open(name)
    assert "first sync" in at.info[0].value
    assert [link.page for link in at.get("page_link")] == ["connections"]
    assert not at.metric


@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_itself_with_figures(filled: Dashboard, name: str) -> None:
    at = filled.open(name)
    assert len(at.title) == 1
    assert not at.error


@pytest.mark.parametrize("name", FIGURES)
def test_every_page_of_figures_says_its_source_its_days_and_what_is_provisional(
    filled: Dashboard, name: str
) -> None:
    said = words(filled.open(name))
    assert "Source: Usage and Cost Analytics API" in said
    assert "UTC days" in said
    assert "rovisional" in said


def test_with_one_source_nothing_is_said_of_both(filled: Dashboard) -> None:
    both = {metric.label: metric.value for metric in filled.open("overview").metric}
    store.disconnect(filled.engine, ENTERPRISE, delete_data=True)
    context.forget_version()
    one = {metric.label: metric.value for metric in filled.open("overview").metric}
    assert "$" in both["In both books"]
    assert one["In both books"] == "one source"


def test_the_navigation_goes_from_figures_to_trust_to_plans(start: Start) -> None:
    start()
    assert list(shell._pages()) == ["", "Spend", "Trust the figures", "Look ahead", "Set up"]


def test_a_chart_of_days_names_no_day_after_its_last(filled: Dashboard) -> None:
    last = now().date() - timedelta(days=1)
    spec = filled.open("overview").get("vega_lite_chart")[0].proto.spec
    assert f"datum.value > datetime({last.year}, {last.month - 1}, {last.day}) ? ''" in spec
    assert '"labelOffset": {"expr": "width / 30 / 2"}' in spec


def test_a_bar_of_a_week_goes_from_its_monday_over_the_whole_week(filled: Dashboard) -> None:
    today = now().date()
    monday = today - timedelta(days=today.weekday())
    first, last = monday - timedelta(weeks=3), monday - timedelta(days=1)
    days = {"d": [first.isoformat(), last.isoformat()]}
    spec = filled.open("explorer", g="Week", **days).get("vega_lite_chart")[0].proto.spec
    chart = json.loads(spec)["layer"][0]
    said = [
        {"year": day.year, "month": day.month, "date": day.day}
        for day in (first + timedelta(weeks=n) for n in range(4))
    ]
    assert chart["encoding"]["x"]["axis"]["values"] == said[:3]
    assert chart["encoding"]["x"]["scale"]["domain"] == [said[0], said[3]]
    assert chart["mark"]["width"] == {"expr": "0.94 * width / 3"}


def test_the_frame_is_around_a_page_that_is_reached_directly(filled: Dashboard) -> None:
    at = filled.open("explorer")
    assert [title.value for title in at.title] == ["Explorer"]
    freshness = "\n".join(caption.value for caption in at.sidebar.caption)
    assert "**Console**" in freshness
    assert "**Seats**" in freshness


def test_the_month_so_far_is_what_the_sources_report(
    filled: Dashboard, company: demo.Organisation
) -> None:
    at = filled.open("overview")
    today = now().date()
    first = today.replace(day=1)
    month = Span(first, max(today, first + timedelta(days=1)))
    console = company.truth("platform", span=month)["amount"].item()
    seats = company.truth("enterprise", span=month)["amount"].item()
    so_far, _, _, twice = at.metric
    assert so_far.value == formats.short(console + seats)
    assert formats.plain(formats.exact(console + seats)) in so_far.proto.help
    assert twice.value == formats.short(console)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_the_simulated_organisation(demonstration: Dashboard, name: str) -> None:
    at = demonstration.open(name)
    assert not at.error
    assert "Simulated organisation" in at.sidebar.markdown[0].value
    assert "CLAUDE_SPEND_DEMO is 1" in at.sidebar.caption[0].value


def test_with_nothing_connected_the_simulated_organisation_is_read(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = []
    monkeypatch.setattr(simulated, "fill", lambda *words: filled.append(words))
    dashboard = start(DEMO="")
    at = dashboard.open("overview")
    dashboard.settle(shell.SIMULATION)
    assert len(filled) == 1
    assert "Nothing is connected yet" in words(at)


def test_a_simulation_that_cannot_be_read_is_a_finding(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DatabaseUnusable("The disk is full.", "Nothing could be written.", "Make room.")

    monkeypatch.setattr(simulated, "fill", fail)
    dashboard = start(DEMO="1")
    at = dashboard.open("overview")
    dashboard.settle(shell.SIMULATION)
    at.run()
    assert "The disk is full" in at.sidebar.error[0].value
    assert "Make room" in at.sidebar.error[0].value


def test_with_the_simulation_switched_off_nothing_is_invented(start: Start) -> None:
    at = start(DEMO="0").open("overview")
    assert not at.sidebar.markdown
    assert not at.metric


@pytest.mark.sqlite("spoils the file")
@pytest.mark.parametrize("name", PAGES)
def test_an_unusable_ledger_is_a_finding_and_no_traceback(
    start: Start, tmp_path: Path, name: str
) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(b"this is no database" * 100)
    at = start().open(name)
    assert len(at.error) == 1
    assert at.error[0].value.count("\n") == 2
    assert "Traceback" not in at.error[0].value


@pytest.mark.parametrize(
    ("variable", "value"),
    [("API_URL", "http://api.example.com"), ("DATABASE_URL", "mysql://x"), ("LOG", "LOUD")],
)
def test_a_wrong_setting_is_a_finding_that_names_it(
    start: Start, variable: str, value: str
) -> None:
    at = start(**{variable: value}).open("overview")
    assert formats.plain(f"CLAUDE_SPEND_{variable}") in at.error[0].value


@pytest.mark.parametrize("name", ["overview", "explorer", "usage"])
def test_names_from_outside_are_shown_as_they_are(filled: Dashboard, name: str) -> None:
    book = context.book(context.place())
    for kind in ("workspace", "user", "api_key"):
        ids = {number for _, k, number in book.names if k == kind}
        for connection in book.connections:
            rows = [NameRow(number, HOSTILE) for number in ids]
            replace_names(filled.engine, connection.id, kind, rows, now())
    context.forget_version()
    at = filled.open(name, **({"a": "Workspace"} if name == "explorer" else {}))
    for dangerous in ("](javascript", "<img", ":red[$", "![]("):
        assert dangerous not in words(at)
    assert not at.get("html")


def test_the_exact_total_of_a_table_is_under_it(
    filled: Dashboard, company: demo.Organisation
) -> None:
    first = now().date() - timedelta(days=20)
    span = Span(first, first + timedelta(days=10))
    truth = company.truth("platform", span=span)["amount"].item()
    at = filled.open(
        "explorer",
        a="Workspace", b="Model", f="Connection", f_connection="Console", basis="As reported",
        d=[first.isoformat(), (first + timedelta(days=9)).isoformat()],
    )  # fmt: skip
    assert f"Total {formats.plain(formats.exact(truth))}, exactly" in words(at)
    assert at.metric[0].value == formats.short(truth)
    shown = at.dataframe[0].value["value"].sum()
    assert shown == pytest.approx(money.as_float(truth), abs=1e-6)


def test_counts_that_no_connected_source_reports_are_named_not_shown_empty(
    filled: Dashboard,
) -> None:
    store.disconnect(filled.engine, ENTERPRISE, delete_data=True)
    context.forget_version()
    at = filled.open("usage")
    people = at.dataframe[0].value
    assert "commits" in people.columns
    assert "messages" not in people.columns
    assert "No connected source reports messages" in words(at).replace("\\", "")
