"""What is told: keys, syncs, old figures, days that stand out, usage that two sides report."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import factory as f
import pytest
from pydantic import SecretStr
from twins import BILL, CENT, E_WHO, R_WHO, rows, same

from core.anthropic.directory import ApiKey
from core.connections import store
from core.connections.result import CheckResult
from core.connections.vault import Vault
from core.errors import Finding
from core.ledger import anomalies as kept
from core.ledger import runs
from core.ledger.anomalies import AnomalyRow
from core.ledger.book import Book
from core.ledger.dismissals import dismiss
from core.ledger.engine import connect
from core.ledger.names import NameRow, replace_names
from core.ledger.words import PairRow
from core.settings import Settings
from core.sync.directory import _key
from core.watch.alerts import figures, reading
from core.watch.alerts.scene import Scene

NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = SecretStr("sk-ant-admin01-" + "larkspur" * 11 + "wxyz")
USD = 10**10


@pytest.fixture
def settings(tmp_path):
    return Settings(database_url=f"sqlite:///{tmp_path / 'ledger.sqlite3'}")


@pytest.fixture
def engine(settings):
    made = connect(settings)
    yield made
    made.dispose()


@pytest.fixture
def console(engine, settings):
    ok = CheckResult(True, ())
    return store.add(engine, Vault(settings), "Console", "platform", KEY, result=ok,
                     clock=lambda: NOON)  # fmt: skip


def scene(engine, settings, at=NOON):
    return Scene(engine, settings, at)


def titled(alerts):
    return [(alert.key, alert.title) for alert in alerts]


# ── keys and syncs ───────────────────────────────────────────────────────────────────────────


def ended(engine, connection, outcome, *codes, at=NOON):
    number = runs.start_run(engine, [connection.id], "test", now=at)
    findings = [Finding(c, "error", "It went wrong.", "So it did.", "Do it.").as_dict()
                for c in codes]  # fmt: skip
    runs.update_part(engine, number, connection.id, outcome=outcome, findings=findings)
    runs.finish_run(engine, number, outcome, now=at)


def test_a_refused_key_is_told_and_not_also_as_a_failing_sync(engine, settings, console):
    bad = Finding("key_invalid", "error", "Anthropic does not know this key.", "401.", "Rotate it.")
    store.record_check(engine, "Console", CheckResult(False, (bad,)))
    ended(engine, console, "failed", "key_invalid")
    (alert,) = reading.key_refused(scene(engine, settings))
    assert titled([alert]) == [("key_refused/1", "Anthropic refuses the key of Console.")]
    assert alert.text == "Anthropic does not know this key. 401. Rotate it."
    assert list(reading.sync_failing(scene(engine, settings))) == []


def test_what_a_person_must_see_to_is_told_at_once(engine, settings, console):
    ended(engine, console, "failed", "payload_invalid", "amount_refused")
    (alert,) = reading.sync_failing(scene(engine, settings))
    assert titled([alert]) == [("sync_failing/1", "The sync of Console fails.")]
    assert alert.text == "It went wrong. So it did. Do it. (1 more of it on Connections.)"
    ended(engine, console, "partial", "days_missing", at=NOON + HOUR)
    (alert,) = reading.sync_failing(scene(engine, settings))
    assert titled([alert]) == [("sync_failing/1", "The sync of Console cannot read everything.")]
    ended(engine, console, "complete", at=NOON + 2 * HOUR)
    assert list(reading.sync_failing(scene(engine, settings))) == []


@pytest.mark.parametrize("codes", [["network_unreachable"], ["rate_limited"], []])
def test_what_passes_by_itself_is_told_when_it_happens_twice(engine, settings, console, codes):
    ended(engine, console, "complete")
    ended(engine, console, "failed", *codes, at=NOON + HOUR)
    assert list(reading.sync_failing(scene(engine, settings))) == []
    ended(engine, console, "failed", *codes, at=NOON + 2 * HOUR)
    assert len(list(reading.sync_failing(scene(engine, settings)))) == 1


def test_nothing_is_told_of_what_was_never_synced_or_is_disconnected(engine, settings, console):
    assert list(reading.sync_failing(scene(engine, settings))) == []
    ended(engine, console, "failed", "payload_invalid")
    store.disconnect(engine, "Console")
    for source in (reading.sync_failing, reading.key_refused, reading.key_expiring, reading.stale):
        assert list(source(scene(engine, settings, NOON + 99 * HOUR))) == []


# ── keys that expire ─────────────────────────────────────────────────────────────────────────


def listed(engine, console, hint, expires, status="active", **more):
    key = ApiKey(id=more.get("id", "apikey_1"), name="spend", status=status,
                 partial_key_hint=hint, expires_at=expires)  # fmt: skip
    return [_key(key)]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=15), []),
        (timedelta(days=14), ["The key of Console expires on 2026-11-18."]),
        (-HOUR, ["The key of Console expires on 2026-11-04."]),
        (None, []),
    ],
)
def test_a_key_that_expires_within_two_weeks_is_titled(engine, settings, console, left, said):
    expires = None if left is None else NOON + left
    names = listed(engine, console, "sk-ant-admin01-lar...wxyz", expires)
    replace_names(engine, console.id, "api_key", names, NOON)
    found = list(reading.key_expiring(scene(engine, settings)))
    assert [alert.title for alert in found] == said
    assert all(a.key == f"key_expiring/1/{expires.isoformat()}" for a in found)


def test_another_key_than_ours_is_no_worry(engine, settings, console):
    soon = NOON + HOUR
    for hint, status in (
        ("sk-ant-admin01-lar...abcd", "active"),
        ("sk-ant-api03-lar...wxyz", "active"),
        ("sk-ant-admin01-lar...wxyz", "inactive"),
    ):
        names = listed(engine, console, hint, soon, status)
        replace_names(engine, console.id, "api_key", names, NOON)
        assert list(reading.key_expiring(scene(engine, settings))) == []
    ours = listed(engine, console, "sk-ant-admin01-lar...wxyz", soon)[0]
    twin = replace(ours, id="apikey_2")
    assert reading.expiry(console, [ours]) == soon
    assert reading.expiry(console, [ours, twin]) is None
    assert reading.expiry(console, [NameRow("apikey_3", state="active")]) is None
    assert reading.expiry(replace(console, key_hint=""), [ours]) is None


# ── old figures, from books ──────────────────────────────────────────────────────────────────


@dataclass
class Held:
    """A scene whose book is given."""

    book: Book
    moment: datetime = NOON
    engine: object = None

    @property
    def today(self) -> date:
        return self.moment.date()


def read_at(fetched, refreshed=None, **connection):
    states = [f.state(1, BILL, "11-03", fetched=fetched, refreshed=refreshed)]
    return f.book(rows(1, BILL, same(1, 3)), [f.platform(**connection)], states)


def test_figures_older_than_six_hours_are_titled():
    assert list(reading.stale(Held(read_at(NOON - 6 * HOUR)))) == []
    (alert,) = reading.stale(Held(read_at(NOON - 7 * HOUR)))
    assert titled([alert]) == [("stale/1", "console has not been synced for 7 hours.")]
    assert "2026-11-04 05:00 UTC" in alert.text
    gone = read_at(NOON - 7 * HOUR, state="disconnected")
    assert list(reading.stale(Held(gone))) == []


def test_a_connection_that_was_never_read_is_told_after_as_long():
    for age, count in ((5, 0), (7, 1)):
        book = f.book([], [f.platform(created_at=NOON - age * HOUR)], [])
        assert len(list(reading.stale(Held(book)))) == count
    (alert,) = reading.stale(Held(book))
    assert alert.title == "console has never been synced."


def test_anthropics_own_data_is_told_when_a_day_old():
    assert list(reading.stale(Held(read_at(NOON - HOUR, NOON - 24 * HOUR)))) == []
    (alert,) = reading.stale(Held(read_at(NOON - HOUR, NOON - 25 * HOUR)))
    assert titled([alert]) == [("stale/1/source", "Anthropic's own data for console is old.")]


# ── the figures themselves ───────────────────────────────────────────────────────────────────

CELLS = same(100)
TOTAL = sum(cell["amount"] for cell in CELLS)
SIDES = [f.platform(), f.enterprise()]


def both(mine=CELLS, cut=E_WHO, **dims):
    dims = dims or {"workspace": "w1", "product": "messages_api"}
    return f.book(
        [*rows(1, BILL, CELLS, workspace="w1"), *rows(2, cut, mine, **dims)], SIDES
    )  # fmt: skip


def test_usage_that_two_connections_report_is_told_with_its_amount():
    (alert,) = figures.overlap(Held(both()))
    assert titled([alert]) == [("overlap/1-2/both", "console and claude report the same usage.")]
    assert (alert.amount, alert.page, alert.kind) == (TOTAL, "overlap", "overlap")
    assert sum(100 + 7 * n + i for n in range(4) for i in range(4)) * CENT == TOTAL
    assert alert.text.startswith("$17.92 of the last 31 days stand in the books of both")


def test_what_lies_further_back_or_was_decided_is_not_titled():
    assert list(figures.overlap(Held(both(), NOON + timedelta(days=31)))) == []
    for word in ("independent", "count_platform", "count_enterprise", "match"):
        said = both().with_words((PairRow(1, 2, word),))
        assert list(figures.overlap(Held(said))) == []
    assert list(figures.overlap(Held(both(product="chat")))) == []
    alone = f.book(rows(1, BILL, CELLS, workspace="w1"), SIDES[:1])
    assert list(figures.overlap(Held(alone))) == []


def test_what_may_be_the_same_is_told_as_open():
    near = [{**cell, "amount": cell["amount"] + 3} for cell in CELLS]
    (alert,) = figures.overlap(Held(both(near, R_WHO, product="other")))
    assert alert.key == "overlap/1-2/unmatched"
    assert "may report the same usage" in alert.title
    assert alert.amount == TOTAL + 3 * len(CELLS)


def found(first, **more):
    given = {"dimension": "workspace", "name": "w1", "kind": "over", "state": "found",
             "label": "Research", "expected": 100 * USD, "actual": 250 * USD, **more}  # fmt: skip
    return AnomalyRow(first=first, end=first + timedelta(days=1), **given)


DROVE = {"children": {"api_key": [["k1", "prod", 0, 120 * USD]]}}


def test_an_open_anomaly_is_told_with_its_impact(engine, settings):
    first = date(2026, 11, 2)
    spikes = [
        found(first, body=DROVE),
        found(first, dimension="", name="", label="", actual=400 * USD),
    ]
    others = [found(first, name=name, state=state) for name, state in
              (("w2", "restated"), ("w3", "healed"))]  # fmt: skip
    old = found(first - timedelta(days=6), name="w4")
    keep = {(row.dimension, row.name): old.first for row in (*spikes, *others, old)}
    kept.keep(engine, [], [*spikes, *others, old], keep, lambda: NOON)
    large, small = figures.anomaly(scene(engine, settings))
    assert titled([large, small]) == [
        ("anomaly///2026-11-02", "Spend on Claude is $300.00 higher than expected."),
        ("anomaly/workspace/w1/2026-11-02",
         "Spend on workspace Research is $150.00 higher than expected."),
    ]  # fmt: skip
    assert small.text.startswith(
        "On 2026-11-02 it was $250.00; $100.00 were expected. "
        "Who drove it: api key prod ($120.00). "
    )
    assert small.amount == 150 * USD
    assert small.page == "anomalies?an=workspace%2Fw1%2F2026-11-02"
    dismiss(engine, ("workspace", "w1", first), "a load test", "ana", lambda: NOON)
    assert titled(figures.anomaly(scene(engine, settings))) == titled([large])
