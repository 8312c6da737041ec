"""The page Sources: an answer from the right source, the other one's figure, the matrix."""

from datetime import timedelta

import pytest
import streamlit as st
from small_company import ENTERPRISE, PLATFORM
from streamlit.testing.v1 import AppTest
from ui_desk import Dashboard, words

from core import demo
from core.analysis.activity import Count, counted
from core.analysis.query import Query
from core.analysis.questions.answers import answer
from core.analysis.questions.catalogue import QUESTIONS
from core.analysis.questions.other import unassigned
from core.analysis.receipt import receipt
from core.analysis.receipt_text import as_text
from core.analysis.replay import replay
from core.calendar import Span, now
from core.connections import store
from core.ledger.snapshot import book
from core.ui import context, formats, sources


def days(count: int = 30) -> Span:
    today = now().date()
    return Span(today - timedelta(days=count), today)


def text_of(units: int) -> str:
    return formats.plain(formats.exact(units))


def test_the_address_names_the_question_and_the_answer_is_its_sources(
    filled: Dashboard, company: demo.Organisation
) -> None:
    at = filled.open("sources", q="Per workspace")
    assert at.subheader[0].value == "What does each workspace cost?"
    assert at.selectbox(key="q").value == "per-workspace"
    console = company.truth("platform", span=days())["amount"].item()
    seats = company.truth("enterprise", span=days())["amount"].item()
    titles = [metric.label for metric in at.metric]
    assert titles == ["The answer", "Of it no workspace", "Enterprise's total", "Difference"]
    # The Enterprise key reports the Console's usage too, so what differs are the seats.
    assert at.metric[0].value == formats.short(console)
    assert at.metric[2].value == formats.short(console + seats)
    assert at.metric[3].value == formats.short(seats)
    assert text_of(console) in words(at)


@pytest.mark.parametrize("name", [q.id for q in QUESTIONS])
def test_every_question_shows_its_answer_with_caveats_and_a_table(
    filled: Dashboard, name: str
) -> None:
    at = filled.open("sources", q=sources.label(name))
    said = words(at)
    assert at.selectbox(key="q").value == name
    assert "Before you pass it on" in said
    assert "would have said" in said
    assert "exactly" in said
    assert not at.error


def test_a_click_on_a_row_of_the_matrix_asks_its_question(monkeypatch: pytest.MonkeyPatch) -> None:
    state = {"matrix": {"selection": {"rows": [4]}}, "q": "invoice"}
    monkeypatch.setattr(st, "session_state", state)
    sources.asked()
    assert state["q"] == "per-api-key"
    state["matrix"]["selection"]["rows"] = []  # type: ignore[index]
    sources.asked()
    assert state["q"] == "per-api-key"


def test_the_matrix_says_where_to_ask_and_where_not(filled: Dashboard) -> None:
    at = filled.open("sources")
    table = next(frame for frame in at.dataframe if "title" in frame.value.columns)
    assert list(table.value["question"])[:5] == [
        "Invoice", "Per user", "Per product", "Per workspace", "Per API key",
    ]  # fmt: skip
    assert list(table.value["enterprise"])[3:5] == [["can"], ["cannot"]]
    assert list(table.value["platform"])[3] == ["ask here"]


@pytest.mark.parametrize("name", [q.id for q in QUESTIONS])
def test_the_figures_have_receipts_that_give_them_again(filled: Dashboard, name: str) -> None:
    held = book(filled.engine, filled.settings)
    said = answer(held, name, days())
    assert said.view is not None
    totals = {"Difference": said.other.difference, "Of it Platform usage": said.platform_usage}
    for title, asked in sources.behind(said).items():
        if isinstance(asked, Count):
            assert said.figure is not None
            assert counted(held, asked)["value"].sum() == said.figure.whole
            continue
        if not isinstance(asked, Query):
            terms = [(p.sign, receipt(held, p.query, side=p.side)) for p in asked]
            assert sum(sign * one.total for sign, one in terms) == totals[title]
            assert all(replay(held, as_text(one)).same for _, one in terms)
            continue
        made = receipt(held, asked, side=said.question.source)
        whole = said.view.total if title == "The answer" else unassigned(said.view)
        assert made.total == whole
        assert replay(held, as_text(made)).same


@pytest.mark.parametrize(("gone", "kind"), [(ENTERPRISE, "enterprise"), (PLATFORM, "platform")])
def test_a_founding_question_whose_source_is_missing_leads_to_connections(
    filled: Dashboard, gone: str, kind: str
) -> None:
    store.disconnect(filled.engine, gone, delete_data=True)
    context.forget_version()
    for asked in (q for q in QUESTIONS if q.founding and q.source == kind):
        at = filled.open("sources", q=sources.label(asked.id))
        assert at.selectbox(key="q").value == asked.id
        assert "is not connected" in at.info[0].value
        assert next(link.page for link in at.get("page_link")) == "connections"
        assert not at.metric
        assert "Connect it on the page Connections" in words(at).replace("\\", "")


def test_what_can_be_combined_is_said_and_what_cannot_is_refused(filled: Dashboard) -> None:
    at = filled.open("sources")
    assert "Anthropic (Platform)" in at.success[0].value
    assert "them together" in at.success[0].value
    at.multiselect(key="dims").set_value(["user", "service_tier"]).run()
    assert not at.success
    assert "No connected source gives cost by user and service tier" in words(at).replace("\\", "")
    at.multiselect(key="dims").set_value([]).run()
    assert not at.success
    assert not at.exception


def test_the_matrix_names_the_source_that_is_missing_only_where_one_is_there(
    filled: Dashboard,
) -> None:
    def chips(at: AppTest) -> list[list[str]]:
        table = next(frame for frame in at.dataframe if "title" in frame.value.columns)
        return [list(cell) for cell in table.value["enterprise"]]

    store.disconnect(filled.engine, ENTERPRISE, delete_data=True)
    context.forget_version()
    assert chips(filled.open("sources"))[0] == ["ask here", "not connected"]
    store.disconnect(filled.engine, PLATFORM, delete_data=True)
    context.forget_version()
    assert chips(filled.open("sources"))[0] == ["ask here"]
