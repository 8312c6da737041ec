"""The first page's figures and what needs attention."""

from datetime import UTC, date, datetime

import factory as f
import pytest

from core.analysis.attention import VOCABULARY, attention, unknown_values
from core.analysis.choices import span_of, values
from core.analysis.freshness import freshness
from core.analysis.overview import month_so_far, overview, run_of_days
from core.errors import Finding
from core.ledger.anomalies import AnomalyRow
from core.ledger.names import NameRow
from core.ledger.runs import LastSync

BILL = "platform/reports/cost/bill"
E_WHO = "enterprise/unified/cost/who"

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EARLY = datetime(2026, 11, 23, 6, tzinfo=UTC)


def ledger(fetched=EARLY, **more):
    """1 dollar-cent unit a day from 1 October to 22 November, one day missing."""
    days = [d for d in f.span("10-01", "11-23") if d != date(2026, 11, 5)]
    return f.book(
        [f.fact(1, BILL, d.isoformat(), workspace="w1", amount=d.month) for d in days],
        [f.platform(protocol="reports", **more)],
        [f.state(1, BILL, d.isoformat(), fetched) for d in days],
        [(1, "workspace", NameRow("w1", "Research"))],
    )


def test_the_month_so_far_ends_with_the_last_whole_day():
    assert month_so_far(NOON) == f.span("11-01", "11-23")
    assert month_so_far(datetime(2026, 11, 1, 3, tzinfo=UTC)) == f.span("11-01", "11-02")
    assert month_so_far(datetime(2026, 11, 2, 3, tzinfo=UTC)) == f.span("11-01", "11-02")


def test_the_month_is_compared_with_the_same_days_of_last_month():
    seen = overview(ledger(), NOON)
    assert seen.month.now.total == 21 * 11
    assert seen.month.earlier.total == 22 * 10
    assert seen.month.change == 11
    assert seen.provisional_from == date(2026, 11, 1)
    assert seen.provisional == 21 * 11


def test_only_days_that_can_change_are_provisional():
    late = overview(ledger(datetime(2026, 12, 5, tzinfo=UTC)), NOON)
    # By then 1 to 4 November have settled by one rule and not by the other: 8 December.
    assert late.provisional_from == date(2026, 11, 1)
    final = overview(ledger(f.LATE), NOON)
    # Only the missing day onwards.
    assert final.provisional_from == date(2026, 11, 5)
    assert final.provisional == 17 * 11


def test_a_run_of_days_has_the_days_before_its_end():
    run = run_of_days(ledger(), date(2026, 11, 3), days=3, by="workspace")
    assert run.frame.select("day", "workspace_name", "value").rows() == [
        (f.day("10-31"), "Research", 10),
        (f.day("11-01"), "Research", 11),
        (f.day("11-02"), "Research", 11),
    ]


def test_freshness_of_a_connection():
    (fresh,) = freshness(ledger(), NOON)
    assert (fresh.connection, fresh.kind, fresh.protocol) == ("console", "platform", "reports")
    assert fresh.history_from == date(2026, 10, 1)
    assert fresh.data_through == date(2026, 11, 22)
    assert fresh.final_through == date(2026, 10, 23)
    assert fresh.fetched_at == EARLY
    assert fresh.missing == 1
    assert fresh.stale is False
    (later,) = freshness(ledger(), datetime(2026, 11, 23, 12, 0, 1, tzinfo=UTC))
    assert later.stale is True
    (gone,) = freshness(ledger(state="disconnected"), f.LATE)
    assert gone.stale is False


def test_freshness_of_a_connection_that_was_never_read():
    (fresh,) = freshness(f.book([], [f.platform()]), NOON)
    assert fresh.stale is True
    assert [fresh.history_from, fresh.data_through, fresh.final_through, fresh.fetched_at] == (
        [None] * 4
    )


def codes(book, moment=NOON, *args):
    return [finding.code for finding in attention(book, moment, *args)]


def test_attention_names_gaps_age_and_failures_worst_first():
    assert codes(ledger()) == ["days_missing"]
    stale = attention(ledger(), datetime(2026, 11, 24, 7, tzinfo=UTC))
    assert [x.code for x in stale] == ["stale", "days_missing"]
    assert "25 hours" in stale[0].title
    assert codes(ledger(state="failing")) == ["connection_failing", "days_missing"]
    assert codes(f.book([], [f.platform()])) == ["never_synced", ]  # fmt: skip
    assert codes(f.book([], [f.platform(state="disconnected")])) == []


def test_attention_repeats_what_the_last_sync_found_once():
    said = Finding("cursor_expired", "warning", "The data moved.")
    syncs = {1: LastSync(7, EARLY, "partial")}
    found = attention(ledger(f.LATE), NOON, syncs, {1: [said, said]})
    assert [x.code for x in found] == ["sync_partial", "cursor_expired", "days_missing"] or [
        x.code for x in found
    ] == ["days_missing", "sync_partial", "cursor_expired"]
    assert codes(ledger(), NOON, {1: LastSync(7, EARLY, "failed")})[0] == "sync_failed"
    assert codes(ledger(), NOON, {1: LastSync(7, EARLY, "complete")}) == ["days_missing"]


def test_attention_names_the_open_anomalies_and_the_largest():
    day = date(2026, 11, 20)
    end = date(2026, 11, 21)
    rows = [
        AnomalyRow("", "", day, end, "over", "found", "", 100 * 10**10, 150 * 10**10),
        AnomalyRow("api_key", "k1", day, end, "over", "found", "robot", 10**10, 91 * 10**10),
    ]
    found = attention(ledger(), NOON, None, None, rows)
    assert [x.code for x in found] == ["anomaly_open", "days_missing"]
    assert found[0].title == "2 anomalies are open: $140.00 more than expected."
    assert "API key robot, $91.00 where $1.00" in found[0].cause
    one = attention(ledger(), NOON, None, None, rows[:1])
    assert one[0].title == "1 anomaly is open: $50.00 more than expected."
    assert "all usage" in one[0].cause


def test_values_that_anthropic_does_not_document_are_named():
    rows = [
        f.fact(2, E_WHO, "11-01", product="time_travel", model="new-model", amount=1),
        f.fact(2, E_WHO, "11-01", product="chat", cost_type="tokens", amount=1),
        f.rest(2, E_WHO, "11-01", amount=1),
    ]
    (finding,) = unknown_values(f.book(rows, [f.enterprise()]))
    assert finding.title == "New product: time_travel."
    assert finding.severity == "info"


@pytest.mark.parametrize("dim", sorted(VOCABULARY))
def test_documented_values_are_no_news(dim):
    rows = [f.fact(2, E_WHO, "11-01", **{dim: value}, amount=1) for value in VOCABULARY[dim]]
    assert list(unknown_values(f.book(rows, [f.enterprise()]))) == []


def test_choices_are_the_values_with_their_names_largest_first():
    book = ledger()
    assert values(book, "workspace", f.span("11-01", "11-30")) == [("w1", "Research")]
    assert span_of(book) == f.span("10-01", "11-23")
    assert span_of(f.book([], [])) is None
