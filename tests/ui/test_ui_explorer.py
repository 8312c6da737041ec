"""Explorer: the address holds the view, a click leads deeper, filters narrow, periods compare."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest
from ui_desk import Dashboard, words

from core import demo
from core.analysis import choices
from core.analysis.query import DIMS
from core.calendar import Span, now
from core.ui import context, explorer, formats

LAST = now().date() - timedelta(days=1)
TEN = {"d": [(LAST - timedelta(days=9)).isoformat(), LAST.isoformat()]}
SPAN = Span(LAST - timedelta(days=9), LAST + timedelta(days=1))


def total(at: AppTest) -> str:
    return at.metric[0].value


def headers(at: AppTest) -> list[str]:
    return [str(column) for column in at.dataframe[0].value.columns]


def test_the_address_chooses_measure_dimensions_days_and_books(
    filled: Dashboard, company: demo.Organisation
) -> None:
    at = filled.open("explorer", m="List cost", a="Product", basis="As reported", **TEN)
    truth = (
        company.truth("platform", span=SPAN)["list_amount"].item()
        + company.truth("enterprise", span=SPAN, overlap=1.0)["list_amount"].item()
    )
    assert total(at) == formats.short(truth)
    assert at.metric[0].label.startswith("List cost, ")
    assert headers(at)[0] == "product label"


def test_nonsense_in_the_address_is_passed_over(filled: Dashboard) -> None:
    at = filled.open("explorer", a="' OR 1=1", m="bitcoins", d="yesterday", n="-3", g="Aeon",
                     f="Nothing", basis="both")  # fmt: skip
    assert not at.exception
    assert total(at) == total(filled.open("explorer"))


def test_a_filter_narrows_to_the_source_it_names(
    filled: Dashboard, company: demo.Organisation
) -> None:
    at = filled.open("explorer", f="Source", f_source="Enterprise", **TEN)
    assert total(at) == formats.short(company.truth("enterprise", span=SPAN)["amount"].item())


@pytest.mark.parametrize("measure", ["Cost", "Tokens"])
def test_the_total_is_the_same_however_it_is_divided(filled: Dashboard, measure: str) -> None:
    at = filled.open("explorer", m=measure, **TEN)
    undivided = total(at)
    for dim in ("workspace", "api_key", "user"):
        at.selectbox(key="a").select(dim).run()
        assert total(at) == undivided
        assert headers(at)[0] == f"{dim} label"


def test_a_click_on_a_bar_leads_into_it(filled: Dashboard) -> None:
    at = filled.open("explorer", a="Source", **TEN)
    at.session_state["run"] = {"selection": {"pick": [{"label": "Enterprise"}]}}
    at.run()
    assert [b.label for b in at.button if b.key.startswith("drill")] == [
        "by workspace", "by api key", "by user", "by product",
    ]  # fmt: skip
    at.button(key="drill-product").click().run()
    assert not at.exception
    assert at.selectbox(key="a").value == "product"
    assert at.multiselect(key="f_source").value == ["enterprise"]
    assert "Chat" in at.dataframe[0].value["product label"].to_list()


def test_a_click_on_other_offers_nothing(filled: Dashboard) -> None:
    at = filled.open("explorer", a="User", **TEN)
    at.session_state["run"] = {"selection": {"pick": [{"label": "Other"}]}}
    at.run()
    assert not [b for b in at.button if b.key.startswith("drill")]


def test_two_periods_stand_side_by_side(filled: Dashboard, company: demo.Organisation) -> None:
    at = filled.open("explorer", c="true", basis="As reported", f="Connection",
                     f_connection="Console", **TEN)  # fmt: skip
    before = Span(SPAN.start - timedelta(days=10), SPAN.start)
    now_total = company.truth("platform", span=SPAN)["amount"].item()
    then_total = company.truth("platform", span=before)["amount"].item()
    assert headers(at)[1:] == ["value", "before", "change"]
    assert at.metric[0].delta == formats.change(now_total, then_total)
    assert f"before {formats.plain(formats.exact(then_total))}, exactly" in words(at)


def test_a_half_chosen_period_is_one_day() -> None:
    day = LAST
    assert explorer.span_of((day,), (day, day)) == Span(day, day + timedelta(days=1))
    assert explorer.span_of((), (day, day)) == Span(day, day + timedelta(days=1))


def test_every_dimension_has_a_title_of_its_own() -> None:
    assert len({formats.title(dim) for dim in DIMS}) == len(DIMS)


def test_values_of_one_name_can_be_told_apart() -> None:
    known = [("key_01aaaa", "CI"), ("key_01bbbb", "CI"), ("key_01cccc", "none"), ("k", "web")]
    assert list(explorer._labels("api_key", known).values()) == [
        "CI (…aaaa)", "CI (…bbbb)", "none (…cccc)", "web", "none",
    ]  # fmt: skip


def test_overview_leads_to_the_dimension_it_shows(filled: Dashboard) -> None:
    at = filled.open("overview")
    links = [link for link in at.get("page_link") if link.page == "explorer"]
    assert [link.query_string for link in links] == [
        "a=Source", "a=Product", "a=Model", "a=Workspace",
    ]  # fmt: skip


def test_every_value_of_every_dimension_can_be_filtered_by(filled: Dashboard) -> None:
    at = filled.open("explorer")
    book = context.book(context.place())
    held = choices.span_of(book)
    assert held is not None
    for dim in ("workspace", "api_key", "user", "model"):
        labels = explorer._labels(dim, choices.values(book, dim, held))
        assert len(set(labels.values())) == len(labels)
    assert not at.exception


def test_the_first_view_ends_with_the_last_day_that_is_over() -> None:
    today = LAST + timedelta(days=1)
    held = Span(today - timedelta(days=90), today + timedelta(days=1))
    assert explorer.last_days(held, today) == (LAST - timedelta(days=29), LAST)
    old = Span(today - timedelta(days=90), today - timedelta(days=40))
    assert explorer.last_days(old, today) == (
        today - timedelta(days=70), today - timedelta(days=41),
    )  # fmt: skip
    short = Span(today, today + timedelta(days=1))
    assert explorer.last_days(short, today) == (today, today)
