"""Companies with a known truth whose Enterprise reports are capped and lack people."""

import factory as f
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from twins import E_WHO, companies

from core.analysis.explore import Query, ask
from core.analysis.overlap_lines import overlap
from core.ledger.cuts import NOT_ATTRIBUTED

NOV = f.span("11-01", "12-01")
COST = Query((), "cost", NOV)
SEATS = (("source", "enterprise"),)


@st.composite
def capped(draw):
    """A company as `companies`, each Enterprise cut of which lost rows of its own choice.

    Some of the rows that are left name no person. Truth gains `lost`, the part of `both` that
    the primary cut lost, and `people`, what that cut has by a person.
    """
    book, truth = draw(companies())
    lost, people, made = 0, 0, []
    for row in book.facts.to_dicts():
        mine = row["connection_id"] == 2
        primary = mine and row["cut"] == E_WHO
        if mine and draw(st.booleans()):
            made.append(f.rest(2, row["cut"], row["day"].isoformat(), amount=row["amount"]))
            lost += row["amount"] if primary and row["workspace"] else 0
            continue
        if primary and row["user"] and draw(st.booleans()):
            row["user"] = ""
        people += row["amount"] if primary and row["user"] else 0
        made.append(row)
    said = f.book(made, book.connections, book.days.to_dicts())
    return said, truth | {"lost": lost, "people": people}


@given(capped())
@settings(max_examples=50, deadline=None)
def test_what_a_cap_hides_of_the_overlap_stays_counted_and_is_never_guessed(company):
    book, truth = company
    sums = overlap(book, COST).totals
    assert sums.platform == truth["platform"]
    assert sums.enterprise == truth["both"] + truth["own"]
    assert sums.counted_twice == truth["both"] - truth["lost"]
    assert sums.counted_once == truth["platform"] + truth["own"] + truth["lost"]
    assert ask(book, COST).total == sums.counted_once


@given(capped())
@settings(max_examples=50, deadline=None)
def test_every_division_of_a_capped_company_sums_to_the_same_totals(company):
    book, _ = company
    for basis in ("reported", "counted_once", "counted_twice"):
        whole = ask(book, Query((), "cost", NOV, basis=basis)).total
        for by in ("user", "team", "speed", "product", "workspace", "context_window", "source"):
            view = ask(book, Query(("day", by), "cost", NOV, basis=basis))
            assert view.frame["value"].sum() == view.total == whole


@given(capped())
@settings(max_examples=50, deadline=None)
def test_missing_people_stand_in_rows_of_their_own(company):
    book, truth = company
    by_user = ask(book, Query(("user",), "cost", NOV, SEATS, basis="reported"))
    named = by_user.frame.filter(pl.col("user") == "u")["value"].sum()
    assert named == truth["people"]
    rest = by_user.frame.filter(pl.col("user").is_null())["value"].sum()
    assert rest == truth["both"] + truth["own"] - truth["people"]
    hidden = by_user.frame.filter(pl.col("line") == "not attributed")["value"].sum()
    raw = book.facts.filter(pl.col("cut") == E_WHO, pl.col("workspace") == NOT_ATTRIBUTED)
    assert hidden == raw["amount"].sum()
