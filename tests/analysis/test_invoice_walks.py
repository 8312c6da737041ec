"""From the ledger to an invoice, and from a closed month to today: worked out by hand."""

from datetime import UTC, datetime

import factory as f
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.reconcile.adjustments import adjusted
from core.analysis.reconcile.invoicefile import EXAMPLE, read
from core.analysis.reconcile.invoices import tie_out
from core.ledger.closes import Close
from core.ledger.invoices import InvoiceRow

BILL = "platform/reports/cost/bill"
CENT = 10**8
DOLLAR = 10**10
OCT = f.span("10-01", "11-01")
NOON = datetime(2026, 12, 9, 12, tzinfo=UTC)


def ledger(*costs, states=None):
    """A book of the Platform's costs by day."""
    rows = [f.fact(1, BILL, when, amount=amount, model="m") for when, amount in costs]
    return f.book(rows, [f.platform()], states)


def tied(total, *costs, **entered):
    """October's invoice against costs on its days, and a day on either side."""
    return tie_out(ledger(*costs), InvoiceRow("platform", OCT, total, **entered))


def test_the_walk_goes_from_usage_over_fees_tax_and_credits_to_the_total():
    found = tied(
        140 * DOLLAR, ("10-01", 60 * DOLLAR), ("10-31", 40 * DOLLAR), seat_fees=30 * DOLLAR,
        other_fees=2 * DOLLAR, tax=18 * DOLLAR, credits=10 * DOLLAR,
    )  # fmt: skip
    assert found.steps == {
        "metered": 100 * DOLLAR, "seat_fees": 30 * DOLLAR, "other_fees": 2 * DOLLAR,
        "tax": 18 * DOLLAR, "credits": -10 * DOLLAR, "expected": 140 * DOLLAR, "difference": 0,
        "total": 140 * DOLLAR,
    }  # fmt: skip
    assert found.ties
    assert found.findings == []


@pytest.mark.parametrize(("off", "ties"), [(CENT // 2, True), (-CENT // 2, True),
                                           (CENT // 2 + 1, False), (-CENT, False)])  # fmt: skip
def test_it_ties_to_the_cent(off, ties):
    found = tied(DOLLAR + off, ("10-05", DOLLAR))
    assert (found.ties, found.difference) == (ties, off)


def test_days_outside_the_period_are_no_part_of_it_but_explain_a_boundary():
    found = tied(130 * DOLLAR, ("09-30", 5 * DOLLAR), ("10-10", 100 * DOLLAR),
                 ("11-01", 30 * DOLLAR))  # fmt: skip
    assert (found.steps["metered"], found.difference) == (100 * DOLLAR, 30 * DOLLAR)
    boundary = next(x for x in found.findings if x.code == "invoice_boundary")
    assert "2026-11-01" in boundary.title
    assert "just outside" in boundary.cause


@pytest.mark.parametrize(
    ("total", "entered", "code"),
    [
        (100 * DOLLAR, {"tax": 19 * DOLLAR}, "invoice_entry"),
        (119 * DOLLAR, {"tax": -19 * DOLLAR}, "invoice_entry"),
        (100 * DOLLAR + 3 * CENT, {}, "invoice_rounding"),
        (70 * DOLLAR, {}, "invoice_credits"),
    ],
)
def test_a_difference_names_its_likely_cause(total, entered, code):
    found = tied(total, ("10-10", 100 * DOLLAR), **entered)
    assert not found.ties
    assert code in {x.code for x in found.findings}


def test_open_and_missing_days_are_counted_and_said():
    early = datetime(2026, 11, 2, tzinfo=UTC)
    states = [f.state(1, BILL, f"2026-10-{n:02}", early) for n in range(1, 31)]
    book = ledger(("10-30", 40 * DOLLAR), states=states)
    found = tie_out(book, InvoiceRow("platform", OCT, 50 * DOLLAR))
    # The 31st was not read; all others were read before they settled.
    assert (found.open_days, found.missing, found.provisional) == (30, 1, 40 * DOLLAR)
    codes = {x.code for x in found.findings}
    assert {"invoice_not_final", "invoice_days_missing"} <= codes


def test_a_restatement_of_the_size_of_the_difference_is_its_cause():
    log = pl.DataFrame({"connection_id": [1, 1, 2], "day": [f.day("10-10"), f.day("11-10"),
                        f.day("10-10")], "delta": [-4 * DOLLAR, 9, 9]})  # fmt: skip
    book = ledger(("10-10", 96 * DOLLAR))
    found = tie_out(book, InvoiceRow("platform", OCT, 100 * DOLLAR), log)
    told = next(x for x in found.findings if x.code == "invoice_restated")
    assert told.severity == "warning"
    assert "-$4.00" in told.title.replace("\N{MINUS SIGN}", "-")


def test_a_source_that_is_not_connected_has_no_metered_usage():
    found = tie_out(ledger(("10-10", DOLLAR)), InvoiceRow("enterprise", OCT, DOLLAR))
    assert (found.steps["metered"], found.difference) == (0, DOLLAR)


AMOUNT = st.integers(-(10**15), 10**15)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["10-01", "10-15", "10-31", "11-01"]), AMOUNT), max_size=6),
    AMOUNT, st.integers(0, 10**15), AMOUNT, AMOUNT, AMOUNT,
)  # fmt: skip
def test_the_walk_always_adds_up(costs, total, credits, tax, seats, fees):
    found = tied(total, *costs, credits=credits, tax=tax, seat_fees=seats, other_fees=fees)
    steps = found.steps
    parts = ("metered", "seat_fees", "other_fees", "tax", "credits")
    assert sum(steps[name] for name in parts) == steps["expected"]
    assert steps["expected"] + steps["difference"] == steps["total"] == total
    assert steps["metered"] == sum(a for day, a in costs if day != "11-01")


def test_a_file_of_invoices_is_read_to_the_last_digit():
    (row,), findings = read(EXAMPLE, [f.platform(), f.enterprise()])
    assert findings == []
    assert row == InvoiceRow("enterprise", OCT, 2148055 * CENT, 50000 * CENT, 0, 480000 * CENT, 0,
                             "INV-1042", "October")  # fmt: skip


def test_json_and_csv_say_the_same():
    text = '{"invoices": [{"total": 1204.50, "from": "2026-10-01", "to": "2026-11-01", ' \
           '"connection": "Console", "credits": -3}]}'  # fmt: skip
    csv = 'total,from,to,connection,credits\n"$1,204.50",2026-10-01,2026-11-01,console,3\n'
    wanted = InvoiceRow("platform", OCT, 120450 * CENT, 3 * DOLLAR, connection_id=1)
    for found in (read(text, [f.platform()]), read(csv, [f.platform()])):
        assert found == ([wanted], [])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("total,month,source\n\"1.204,50\",2026-10,platform\n", "is no amount"),
        ("total,month,source\n1,204.50,2026-10,platform\n", "more values than the header"),
        ("total,month,source\n,2026-10,platform\n", "has no total"),
        ("total,month,source\n5,2026-10,aws\n", "source is 'aws'"),
        ("total,month,connection\n5,2026-10,nobody\n", "no connection 'nobody'"),
        ("total,source\n5,platform\n", "period is not clear"),
        ("total,month,vat\n5,2026-10,1\n", "columns are not those of invoices"),
        ("[1]", "holds no invoices"),
        ('{"total": NaN, "month": "2026-10", "source": "platform"}', "is no amount"),
        ("{", "cannot be read as CSV or JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_finding_in_words(text, says):
    rows, (finding,) = read(text, [f.platform()])
    assert rows == []
    assert says in finding.title
    assert finding.severity == "error"


CLOSED = datetime(2026, 11, 8, tzinfo=UTC)
LOG = {"connection_id": pl.Int32, "day": pl.Date, "delta": pl.Int64,
       "seen_at": pl.Datetime("us", "UTC")}  # fmt: skip


def log_of(*rows):
    made = [(c, f.day(day), delta, seen) for c, day, delta, seen in rows]
    return pl.DataFrame(made, schema=LOG, orient="row")


def states_of(late):
    """The days of costs, of which some were first seen after the close."""
    early = datetime(2026, 11, 1, tzinfo=UTC)
    return [f.state(1, BILL, f"2026-10-{n:02}", NOON if n in late else early) for n in (10, 11, 12)]


def test_what_changed_after_the_close_is_an_adjustment():
    book = ledger(("10-10", 90), ("10-11", 50), ("10-12", 25), states=states_of({12}))
    log = log_of((1, "10-10", -10, NOON), (1, "10-11", 99, CLOSED), (1, "11-01", 7, NOON),
                 (2, "10-10", 8, NOON), (1, "10-12", 5, NOON))  # fmt: skip
    (found,) = adjusted(book, [Close(1, f.day("10-01"), 150, CLOSED)], log, log_of())
    assert (found.connection, found.now, found.delta) == ("console", 165, 15)
    # The 12th came with 20 after the close, and was restated by 5 later.
    assert found.adjustments.rows() == [
        (NOON, f.day("10-10"), "restated", -10),
        (NOON, f.day("10-12"), "restated", 5),
        (NOON, f.day("10-12"), "arrived", 20),
    ]


def test_a_day_read_again_in_another_report_is_called_so():
    book = ledger(("10-10", 90), ("10-11", 57), states=states_of(()))
    log, again = log_of((1, "10-10", -10, NOON)), log_of((1, "10-11", 7, NOON))
    (found,) = adjusted(book, [Close(1, f.day("10-01"), 150, CLOSED)], log, again)
    assert found.adjustments.rows() == [
        (NOON, f.day("10-10"), "restated", -10),
        (NOON, f.day("10-11"), "reread", 7),
    ]


def test_a_month_that_nothing_happened_to_has_no_adjustments():
    book = ledger(("10-10", 90), states=states_of(()))
    (found,) = adjusted(book, [Close(1, f.day("10-01"), 90, CLOSED)], log_of(), log_of())
    assert (found.delta, found.adjustments.height) == (0, 0)


@settings(max_examples=50, deadline=None)
@given(
    AMOUNT,
    st.lists(st.tuples(st.sampled_from(["10-10", "10-11", "10-12"]), AMOUNT), max_size=4),
    st.lists(
        st.tuples(st.sampled_from([1, 2]), st.sampled_from(["10-10", "10-12", "11-01"]), AMOUNT,
                  st.sampled_from([CLOSED, NOON])),
        max_size=5,
    ),
    st.sets(st.sampled_from([10, 11, 12])),
)  # fmt: skip
def test_closed_total_and_adjustments_are_todays_total(total, costs, changes, late):
    book = ledger(*costs, states=states_of(late))
    (found,) = adjusted(
        book,
        [Close(1, f.day("10-01"), total, CLOSED)],
        log_of(*changes[::2]),
        log_of(*changes[1::2]),
    )
    assert total + found.adjustments["amount"].sum() == found.now == sum(a for _, a in costs)
