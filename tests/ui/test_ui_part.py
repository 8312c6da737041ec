"""A part of a page that runs by itself draws nothing for who may not look any more."""

import ast

import pytest
import streamlit as st
from ui_desk import ROOT

from core.access import acting
from core.access.people import Person
from core.access.roles import Role
from core.ui.part import part

VERA = Person("vera", Role.VIEWER, "sign-in")


class PageRuns(Exception):
    pass


@pytest.fixture
def drawn(monkeypatch):
    """What a part has drawn by itself; where the whole page is to run, that is an exception."""

    def page() -> None:
        raise PageRuns

    monkeypatch.setattr(st, "rerun", page)
    # Outside a browser's run, Streamlit runs no fragment.
    monkeypatch.setattr(st, "fragment", lambda draw, run_every: draw)
    with acting.acting_as(None):
        yield []


def test_a_part_draws_for_who_is_known_and_has_the_page_run_for_nobody(drawn):
    shown = part(lambda figure, *, key: drawn.append((figure, key)))
    acting.ask(lambda: VERA)
    shown(7, key="x")
    acting.ask(lambda: None)
    with pytest.raises(PageRuns):
        shown(8, key="x")
    with acting.acting_as(VERA):  # the page around it has already asked
        shown(9, key="y")
    assert drawn == [(7, "x"), (9, "y")]


def test_every_part_of_a_page_asks():
    found = [*(ROOT / "core" / "ui").glob("*.py"), *(ROOT / "pages").glob("*.py")]
    using = {
        path.name
        for path in found
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "fragment"
    }
    assert using == {"part.py"}
