"""Pseudonyms: other names for people everywhere, the same figures to the last digit."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from core.access import acting
from core.access.people import Person
from core.access.roles import Role
from core.calendar import Span
from core.connections import store
from core.errors import NotAllowed
from core.ledger import (
    anomalies,
    audit,
    budgets,
    closes,
    dismissals,
    forecasts,
    invoices,
    limits,
    prices,
    pseudonyms,
    runs,
    snapshot,
    veil,
    words,
)
from core.ledger.budgets import BudgetRow
from core.ledger.engine import writing
from core.ledger.forecasts import Issued
from core.ledger.invoices import InvoiceRow
from core.ledger.limits import LimitRow, replace_limits
from core.ledger.names import NameRow, replace_names
from core.ledger.prices import ContractPrice
from core.ledger.tables import Connection, MonthClose, WatchStep
from core.ledger.veil import Veil
from core.ledger.words import PairRow
from core.ledger.wordscan import Replacer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 11, 1)
ADA = NameRow("user_01", "Ada Lovelace", "Ada@Example.com", "active", {"role": "admin"})
ADA_TOO = NameRow("user_77", "Ada L.", "ada@example.com")
BOB = NameRow("user_02", "Bob", "bob@example.com")
NAMELESS = NameRow("user_03")
KEY = NameRow("apikey_1", "ada-laptop", "", "active", {"hint": "sk-…"})
GROUP = NameRow("group_1", "Engineering", details={"members": ["user_01", "user_02"]})
NAMES = {
    (1, "user", "user_01"): ADA,
    (2, "user", "user_77"): ADA_TOO,
    (1, "user", "user_02"): BOB,
    (1, "user", "user_03"): NAMELESS,
    (1, "api_key", "apikey_1"): KEY,
    (1, "group", "group_1"): GROUP,
}
SEEN = Veil("ab" * 32, NAMES)


def test_a_person_is_one_pseudonym_on_every_connection_and_others_are_others():
    labels = {id_: SEEN.label(row) for (_, kind, id_), row in NAMES.items() if kind == "user"}
    assert labels["user_01"] == labels["user_77"]
    assert len(set(labels.values())) == 3
    assert all(label.startswith("Person ") and len(label) == 13 for label in labels.values())
    assert len({SEEN.id(f"user_{n}") for n in range(1000)}) == 1000
    assert SEEN.mail("ADA@example.COM") == SEEN.mail(ADA.email) != SEEN.mail(BOB.email)


def test_another_ledger_has_other_pseudonyms_and_the_same_one_the_same():
    other, again = Veil("cd" * 32, NAMES), Veil("ab" * 32, NAMES)
    assert SEEN.id("user_01") == again.id("user_01") != other.id("user_01")
    assert SEEN.label(ADA) == again.label(ADA) != other.label(ADA)


def test_people_whose_first_digits_agree_are_told_apart_by_more():
    alike = {"abcdef00" + "0" * 56, "abcdef11" + "0" * 56, "123456" + "0" * 58}
    assert veil._apart(set(alike)) == {
        "abcdef00" + "0" * 56: 8, "abcdef11" + "0" * 56: 8,
    }  # fmt: skip
    three = {"a" * 10 + "0" * 54, "a" * 10 + "1" + "0" * 53, "a" * 6 + "b" * 58}
    found = veil._apart(three)
    assert len({digest[: found[digest]] for digest in three}) == 3


def test_names_of_what_is_no_person_stay_and_groups_keep_their_members():
    told = SEEN.names(NAMES)
    assert told[1, "api_key", "apikey_1"] == KEY
    group = told[1, "group", "group_1"]
    assert (group.name, group.details["members"]) == (
        "Engineering", [SEEN.id("user_01"), SEEN.id("user_02")],
    )  # fmt: skip
    ada = told[1, "user", SEEN.id("user_01")]
    assert (ada.state, ada.details) == ("active", {"role": "admin"})
    assert told[1, "user", SEEN.id("user_03")].email == ""
    for word in ("Ada", "Bob", "example.com", "user_0"):
        assert word not in str({k: row for k, row in told.items() if k[1] != "api_key"})


def test_who_did_something_is_a_person_or_a_key():
    assert SEEN.actor("user_01") == SEEN.id("user_01")
    assert SEEN.actor("user_unknown") == SEEN.id("user_unknown")
    assert SEEN.actor("bob@example.com") == SEEN.mail("BOB@example.com")
    assert SEEN.actor("new@example.com").endswith("@person.invalid")
    assert SEEN.actor("ada-laptop") == "ada-laptop"
    assert [SEEN.id(raw) for raw in ("", "(not attributed)")] == ["", "(not attributed)"]


@pytest.mark.parametrize("kind", [pl.String, pl.Enum(["", "user_01", "user_02", "gone"])])
def test_a_frame_has_other_words_and_the_same_rows(kind):
    users = ["user_01", "", "user_02", "user_01"]
    frame = pl.DataFrame({"user": pl.Series(users, dtype=kind), "amount": [1, 2, 3, 4]})
    told = SEEN.frame(frame)
    assert told["user"].to_list() == [SEEN.id(user) for user in users]
    assert told["amount"].to_list() == [1, 2, 3, 4]
    assert type(told.schema["user"]) is type(frame.schema["user"])


def test_addresses_that_differ_by_case_become_one_actor():
    kind = pl.Enum(["Bob@example.com", "bob@example.com"])
    frame = pl.DataFrame({"actor": pl.Series(["Bob@example.com", "bob@example.com"], dtype=kind)})
    assert SEEN.frame(frame)["actor"].to_list() == [SEEN.mail(BOB.email)] * 2
    assert SEEN.frame(frame.clear())["actor"].to_list() == []


def test_texts_name_nobody():
    person = SEEN.label(ADA)
    assert SEEN.text("Ada Lovelace (Ada@Example.com) cost") == (
        f"{person} ({SEEN.mail(ADA.email)}) cost"
    )
    assert SEEN.text("user:user_01, not user_012") == f"user:{SEEN.id('user_01')}, not user_012"
    assert SEEN.text("Bobby and Bob") == f"Bobby and {SEEN.label(BOB)}"
    body = {"kind": "user", "who": [{"label": "Bob", "n": 3}, ("user_02", None)]}
    assert SEEN.deep(body) == {
        "kind": "user", "who": [{"label": SEEN.label(BOB), "n": 3}, (SEEN.id("user_02"), None)],
    }  # fmt: skip


def test_somebody_who_is_called_like_a_dimension_changes_no_structure():
    odd = Veil("ab" * 32, {(1, "user", "user_09"): NameRow("user_09", "model")})
    assert odd.deep(["model", "user_09"]) == ["model", odd.id("user_09")]


def test_words_are_replaced_whole_and_the_longest_first():
    found = Replacer({"An": "x", "Ann": "y", "Ann Lee": "z", "": "never"})
    assert found.replaced("Ann Lee, Ann, Anna, An") == "z, y, Anna, An"
    assert found.replaced("An") == "x"
    assert found.replaced("") == ""


@pytest.fixture
def people(engine):
    users = [ADA, BOB, NAMELESS]
    replace_names(engine, 1, "user", users, NOON)
    return engine


def test_the_secret_is_made_once_and_only_an_admin_shows_names(people):
    first = veil.veil_of(pseudonyms.veiled(people))
    again = veil.veil_of(pseudonyms.veiled(people))
    assert first.id("user_01") == again.id("user_01")
    assert not pseudonyms.viewers_see_names(people)
    with acting.acting_as(Person("anna", Role.ANALYST, "sign-in")), pytest.raises(NotAllowed):
        pseudonyms.let_viewers_see_names(people, wanted=True)
    assert pseudonyms.let_viewers_see_names(people, wanted=True)
    assert not pseudonyms.let_viewers_see_names(people, wanted=True)
    assert pseudonyms.viewers_see_names(people)
    assert veil.veil_of(pseudonyms.veiled(people)).id("user_01") == first.id("user_01")
    assert pseudonyms.let_viewers_see_names(people, wanted=False)
    assert [e.action for e in audit.entries(people)] == ["hid names", "showed names"]


def test_nothing_is_written_through_a_veil(people):
    seen = pseudonyms.veiled(people)
    with pytest.raises(NotAllowed, match="may not see the names"), writing(seen):
        pytest.fail("never gets here")
    with pytest.raises(NotAllowed):
        budgets.save_budgets(seen, [BudgetRow("All", DAY)])
    budgets.save_budgets(veil.bare(seen), [BudgetRow("All", DAY)])


def test_what_is_kept_beside_the_facts_names_nobody_either(people):
    limit = LimitRow(1, "user_01", "monthly", "seat", "USD", 5, 1, NOON)
    replace_limits(people, 1, [limit])
    budgets.save_budgets(people, [
        BudgetRow("Team", DAY, 7),
        BudgetRow("Bob", DAY, 5, "Team", (("user", "Bob"), ("model", "Bob")), note="for Bob"),
        BudgetRow("Gone", DAY, 5, where=(("user", "gone@example.com"), ("user", "not attributed"))),
    ])  # fmt: skip
    budgets.keep_outcomes(people, "stamp", {"Bob": {"month": "2026-11-01"}})
    row = Issued("user", "user_02|", DAY, "weekday", body={"name": "Bob", "value": "user_02"})
    forecasts.keep(people, [row], "s", NOON)
    seen = pseudonyms.veiled(people)
    mask = veil.veil_of(seen)
    person, bob = mask.label(BOB), mask.id("user_02")
    assert [r.actor for r in limits.all_limits(seen)] == [mask.id("user_01")]
    _, told, gone = budgets.all_budgets(seen)
    assert (told.name, told.parent, told.note) == (person, "Team", f"for {person}")
    assert told.where == (("user", bob), ("model", "Bob"))
    assert gone.where == (("user", mask.mail("gone@example.com")), ("user", "not attributed"))
    assert budgets.outcomes(seen) == ("stamp", {person: {"month": "2026-11-01"}})
    (issued,) = forecasts.newest(seen, "user")
    assert (issued.key, issued.body) == (f"{bob}|", {"name": person, "value": bob})
    assert forecasts.newest(people, "user")[0].body == row.body


def test_anomalies_and_who_dismissed_them_name_nobody(people):
    body = {"culprits": [["user", "Bob", "user_02", 5]]}
    found = anomalies.AnomalyRow("user", "user_02", DAY, date(2026, 11, 2), "over", "found", "Bob",
                                 1, 6, body=body)  # fmt: skip
    watched = anomalies.WatchedRow("user", "user_02", "Bob", "", "", "", DAY, date(2026, 11, 2), {})
    anomalies.keep(people, [watched], [found], {("user", "user_02"): DAY}, lambda: NOON)
    dismissals.dismiss(people, found.key, "Bob's launch", "Ada Lovelace")
    seen = pseudonyms.veiled(people)
    mask = veil.veil_of(seen)
    person, bob = mask.label(BOB), mask.id("user_02")
    (row,) = anomalies.all_anomalies(seen)
    assert (row.name, row.label, row.impact) == (bob, person, 5)
    assert row.body == {"culprits": [["user", person, bob, 5]]}
    assert (row.dismissed.reason, row.dismissed.by) == (f"{person}'s launch", "")
    assert anomalies.one_series(seen, ("user", bob)).label == person
    assert anomalies.one_series(seen, ("user", "user_02")) is None
    assert list(anomalies.watched_series(seen)) == [("user", bob)]
    assert anomalies.one_series(people, ("user", "user_02")).label == "Bob"


def test_no_text_holds_an_address_also_of_who_is_not_known():
    stranger = SEEN.mail("new.one+x@sub.example.co.uk")
    assert SEEN.text("For New.One+x@sub.example.co.uk, twice.") == f"For {stranger}, twice."
    assert SEEN.text(f"{stranger} and a@b") == f"{stranger} and a@b"
    assert SEEN.text("x@" * 5000) == "x@" * 5000


def test_what_people_wrote_and_what_syncs_and_checks_found_name_nobody(people):
    bad = {"code": "x", "severity": "error", "title": "Ada Lovelace", "cause": "of user_02",
           "fix": "ask new@example.com", "http_status": None, "request_id": None}  # fmt: skip
    by = "Bob, new@example.com"
    with writing(people) as session:
        session.add(Connection(id=9, name="Claude too", kind="platform", created_at=NOON,
                               findings=[bad]))  # fmt: skip
        session.add(MonthClose(connection_id=9, month=1, total=5, note=by, closed_at=NOON))
        session.add(WatchStep(name="forecast", ended_at=NOON, findings=[bad]))
    invoices.save_invoice(people, InvoiceRow("platform", Span(DAY, date(2026, 11, 2)), 5,
                                             number="Bob-1", note=by))  # fmt: skip
    prices.add_price(people, ContractPrice(DAY, discount=1, note=by))
    run = runs.start_run(people, [9], "cli", now=NOON)
    runs.update_part(people, run, 9, findings=[bad])
    runs.finish_run(people, run, "partial", now=NOON)

    def told(engine):
        (invoice,), (close,) = invoices.all_invoices(engine), closes.all_closes(engine)
        (price,) = prices.all_prices(engine)
        connection = next(c for c in store.all_connections(engine) if c.id == 9)
        return (
            [invoice.number, invoice.note, close.note, price.note],
            [runs.parts(engine, run)[0].findings[0], runs.latest(engine, 9).findings[0],
             forecasts.step_findings(engine, "forecast")[0], connection.findings[0].as_dict(),
             store.get(engine, "Claude too").findings[0].as_dict()],
        )  # fmt: skip

    seen = pseudonyms.veiled(people)
    mask = veil.veil_of(seen)
    person, new = mask.label(BOB), mask.mail("new@example.com")
    clean = bad | {"title": mask.label(ADA), "cause": f"of {mask.id('user_02')}",
                   "fix": f"ask {new}"}  # fmt: skip
    assert told(seen) == ([f"{person}-1", *[f"{person}, {new}"] * 3], [clean] * 5)
    assert told(people) == (["Bob-1", by, by, by], [bad] * 5)


def test_somebody_who_is_called_like_a_severity_changes_no_finding(people):
    replace_names(people, 1, "user", [NameRow("user_09", "error")], NOON)
    found = [{"code": "error", "severity": "error", "title": "error", "cause": None}]
    told = veil.findings_seen(pseudonyms.veiled(people), found)
    assert (told[0]["code"], told[0]["severity"]) == ("error", "error")
    assert told[0]["title"].startswith("Person ")


def test_a_books_notes_name_nobody(people):
    words.give(people, PairRow(1, 2, "match", "said Bob"))
    seen = pseudonyms.veiled(people)
    (word,) = snapshot.book_as_of(seen, NOON).words
    assert word.note == f"said {veil.veil_of(seen).label(BOB)}"
