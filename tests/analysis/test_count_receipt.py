"""The receipt of a count: what it says, asked again to the same number, and what moved it."""

from dataclasses import replace
from datetime import UTC, datetime

import factory as f
import polars as pl
import pytest

from core.analysis.activity import Count
from core.analysis.count_receipt import as_text, is_count, replay
from core.errors import BadValue
from core.ledger.names import NameRow
from core.ledger.states import ACTIVITY_DAYS

NOV = f.span("11-01", "11-04")
AT = datetime(2026, 11, 5, 6, 0, tzinfo=UTC)


def book(commits: int = 3, run: int | None = 7):
    activity = pl.DataFrame(
        [
            (1, f.day("11-01"), "pat@x.com", "claude_code", "api", "commits", commits),
            (1, f.day("11-02"), "ci-key", "claude_code", "api", "commits", 4),
            (2, f.day("11-02"), "user_a", "claude_code", "", "commits", 5),
            (2, f.day("11-04"), "user_a", "claude_code", "", "commits", 100),
        ],
        schema={
            "connection_id": pl.Int64, "day": pl.Date, "actor": pl.String, "surface": pl.String,
            "detail": pl.String, "metric": pl.String, "value": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    read = [(1, f.day("11-01"), AT, run), (1, f.day("11-02"), AT, run), (2, f.day("11-02"), AT, 8)]
    return replace(
        f.book(
            [],
            [f.platform(), f.enterprise()],
            names=[(1, "user", NameRow("user_p", "Pat", "pat@x.com"))],
            activity=activity,
        ),
        activity_days=pl.DataFrame(read, schema=ACTIVITY_DAYS, orient="row"),
    )


def test_it_names_reports_days_syncs_and_what_each_source_adds():
    text = as_text(book(), Count("commits", NOV), ledger="abc")
    assert text.splitlines()[:-2] == [
        "Receipt of a count: 12",
        "Metric: commits",
        "Days: 2026-11-01 to 2026-11-03, 3 (UTC)",
        "Person: everyone",
        "Connections: all",
        "Rule: the sum of what Anthropic reports each person to have done; no money, and not part "
        "of what is counted once.",
        "Ledger: abc, version 1",
        "Made of: 3 counts a person and day",
        "Connection: console (platform)",
        "  Organization: org-p",
        "  Report: Claude Code analytics, /v1/organizations/usage_report/claude_code",
        "  Count: 7, 2 rows",
        "  Days: 2 read, 1 not read",
        "  Read 2026-11-05T06:00:00Z in sync 7: 2026-11-01 to 2026-11-02, 2 days",
        "Connection: claude (enterprise)",
        "  Organization: org-e",
        "  Report: Enterprise user activity, /v1/organizations/analytics/users",
        "  Count: 5, 1 rows",
        "  Days: 1 read, 2 not read",
        "  Read 2026-11-05T06:00:00Z in sync 8: 2026-11-02, 1 days",
    ]


@pytest.mark.parametrize(
    ("person", "total"),
    [(None, 12), (("user_p", "Pat"), 3), ((None, "ci-key"), 4), (("user_a", None), 5)],
)
def test_it_is_asked_again_to_the_same_number(person, total):
    count = Count("commits", NOV, person=person)
    text = as_text(book(), count, ledger="abc")
    assert is_count(text)
    again = replay(book(), text, ledger="abc")
    assert (again.count, again.then, again.now, again.same) == (count, total, total, True)
    assert again.findings == ()


def test_what_moved_is_told():
    text = as_text(book(), Count("commits", NOV))
    again = replay(book(commits=5), text)
    assert (again.then, again.now, again.same) == (12, 14, False)
    (finding,) = again.findings
    assert (finding.code, "moved by 2" in finding.title) == ("receipt_differs", True)


def test_another_ledger_is_not_asked():
    again = replay(book(), as_text(book(), Count("commits", NOV), ledger="abc"), ledger="def")
    assert (again.now, again.same) == (None, False)
    assert [finding.code for finding in again.findings] == ["receipt_other_ledger"]


def test_a_changed_text_is_refused():
    text = as_text(book(), Count("commits", NOV))
    with pytest.raises(BadValue, match="not a receipt"):
        replay(book(), text.replace("12", "13"))


def test_a_sync_that_no_clock_fits_is_not_named():
    text = as_text(book(run=None), Count("commits", NOV, ("console",)))
    assert "in a sync whose clock differs: 2026-11-01 to 2026-11-02" in text
