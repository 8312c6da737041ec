"""What a viewer is shown: every page, without a name, an address or an id of any person."""

import pytest
from test_ui_entrance import LISTS, keys, open_as, said
from ui_desk import PAGES, screen

from core.ledger import pseudonyms
from core.ledger.names import read_names


def people(engine) -> set[bytes]:
    """Return what must never reach a viewer's browser."""
    rows = [row for (_, kind, _), row in read_names(engine).items() if kind == "user"]
    words = {word for row in rows for word in (row.id, row.name, row.email) if len(word) > 3}
    assert len(words) > 50
    return {word.encode() for word in words}


def shown(at, engine) -> set[bytes]:
    """Return who of all the people is named on a page."""
    sent = screen(at)
    return {word for word in people(engine) if word in sent}


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_anybody_to_a_viewer(filled, start, page):
    start(**LISTS)
    at = open_as(page, "vera@example.com")
    assert shown(at, filled.engine) == set()
    assert "vera@example.com" in said(at)


VIEWS = [
    ("explorer", {"a": "User", "b": "Product"}),
    ("explorer", {"a": "User", "m": "Tokens"}),
    ("usage", {}),
    ("overview", {}),
]


@pytest.mark.parametrize(("page", "query"), VIEWS, ids=str)
def test_analysts_see_who_is_who_and_viewers_the_same_rows_without(filled, start, page, query):
    start(**LISTS)
    viewer, analyst = (open_as(page, f"{who}@example.com", query=query) for who in ("vera", "anna"))
    assert shown(viewer, filled.engine) == set()
    assert len(viewer.dataframe) == len(analyst.dataframe)
    assert [m.value for m in viewer.metric] == [m.value for m in analyst.metric]
    if query:
        assert shown(analyst, filled.engine)
        assert b"Person " in screen(viewer)


def test_a_link_that_names_somebody_finds_nobody_for_a_viewer(filled, start):
    start(**LISTS)
    rows = read_names(filled.engine).values()
    name = sorted(row.name for row in rows if row.email and row.name)[0]
    query = {"f": "User", "f_user": name}
    viewer, analyst = (
        open_as("explorer", f"{w}@example.com", query=query) for w in ("vera", "anna")
    )
    assert analyst.multiselect(key="f_user").value
    assert viewer.multiselect(key="f_user").value == []
    assert shown(viewer, filled.engine) == set()


def test_an_admin_may_let_viewers_see_names(filled, start):
    start(**LISTS)
    pseudonyms.let_viewers_see_names(filled.engine, wanted=True)
    at = open_as("explorer", "vera@example.com", query={"a": "User"})
    assert shown(at, filled.engine)
    pseudonyms.let_viewers_see_names(filled.engine, wanted=False)
    at = open_as("explorer", "vera@example.com", query={"a": "User"})
    assert not shown(at, filled.engine)


def test_viewers_of_the_simulation_who_signed_in_see_pseudonyms_too(demonstration, monkeypatch):
    for name, value in LISTS.items():
        monkeypatch.setenv(f"CLAUDE_SPEND_{name}", value)
    at = open_as("explorer", "vera@example.com", query={"a": "User"})
    assert b"Person " in screen(at)
    assert keys(at)
