"""Two connections side by side: the proof in words, the word's effect, the word itself."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest
from ui_desk import Dashboard, words

from core import demo
from core.analysis.overlap import Totals, totals
from core.analysis.query import Query
from core.calendar import Span, now
from core.ledger.snapshot import book
from core.ledger.words import PairRow, give, read_words
from core.ui import context, formats

LAST = now().date() - timedelta(days=1)
TEN = {"d": [(LAST - timedelta(days=9)).isoformat(), LAST.isoformat()]}
SPAN = Span(LAST - timedelta(days=9), LAST + timedelta(days=1))
WORD = "word-1-2"


def sums(dashboard: Dashboard) -> Totals:
    return totals(book(dashboard.engine, dashboard.settings), Query((), "cost", SPAN))


def once(at: AppTest) -> str:
    return {card.label: card.value for card in at.metric}["= Counted once"]


def test_the_proof_is_told_in_words_and_confirmed_by_equal_cells(filled: Dashboard) -> None:
    said = words(filled.open("overlap", **TEN))
    assert "the same workspace is the same usage" in said
    assert "are equal in both books to the last digit" in said
    assert "No cell differs." in said


def test_the_sum_is_told_to_the_last_digit(filled: Dashboard) -> None:
    got = sums(filled)
    platform, enterprise, twice, total = (
        formats.plain(formats.exact(n))
        for n in (got.platform, got.enterprise, got.counted_twice, got.counted_once)
    )
    assert f"{platform} + {enterprise} − {twice} = **{total}**" in words(  # noqa: RUF001
        filled.open("overlap", **TEN)
    )


def test_a_word_is_shown_before_it_is_applied_and_can_be_taken_back(
    filled: Dashboard, company: demo.Organisation
) -> None:
    got = sums(filled)
    at = filled.open("overlap", **TEN)
    before, after = got.counted_once, got.platform + got.enterprise
    at.radio(key=WORD).set_value("independent").run()
    told = next(box.value for box in at.info if "Independent" in box.value)
    for figure in (before, after, after - before):
        assert formats.plain(formats.figure(figure)) in told
    assert once(at) == formats.short(before)
    assert read_words(filled.engine) == ()

    at.text_input(key=f"{WORD}-note").set_value("two companies").run()
    at.button(key=f"{WORD}-apply").click().run()
    assert not at.exception
    assert once(at) == formats.short(after)
    (kept,) = read_words(filled.engine)
    assert (kept.word, kept.note) == ("independent", "two companies")
    assert "Your word: Independent" in words(at)
    assert not [box for box in at.info if "would make" in box.value]

    at.radio(key=WORD).set_value("found").run()
    at.button(key=f"{WORD}-apply").click().run()
    assert once(at) == formats.short(before)
    assert read_words(filled.engine) == ()


@pytest.mark.usefixtures("yesterday")
def test_overview_counts_as_the_word_says_and_links_to_overlap(filled: Dashboard) -> None:
    at = filled.open("overview")
    link = next(link for link in at.get("page_link") if link.page == "overlap")
    assert "in both books, counted once: why" in link.label
    counted = at.metric[0].value
    give(filled.engine, PairRow(1, 2, "independent"))
    context.forget_version()
    assert filled.open("overview").metric[0].value != counted
    assert not [x for x in filled.open("overview").get("page_link") if x.page == "overlap"]


@pytest.mark.usefixtures("yesterday")
def test_overview_switches_to_the_books_as_reported(
    filled: Dashboard, company: demo.Organisation
) -> None:
    at = filled.open("overview", basis="As reported")
    counted = filled.open("overview").metric[0].value
    at_once = at.metric[0].value
    assert at_once != counted
    link = next(link for link in at.get("page_link") if link.page == "overlap")
    assert "in both books, here twice: why" in link.label
    at.segmented_control(key="basis").set_value("counted_once").run()
    assert at.metric[0].value == counted
