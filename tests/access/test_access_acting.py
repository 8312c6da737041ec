"""Who acts, and that whoever may not is refused inside the very function that changes something."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import SecretStr

from core import calendar, simulated
from core.access import acting, people
from core.access.people import SCHEDULE, Person, operator
from core.access.roles import Role
from core.calendar import Span
from core.connections import store
from core.connections.result import CheckResult
from core.connections.vault import Vault
from core.errors import NotAllowed, SpendError
from core.ledger import audit, budgets, closes, dismissals, invoices, prices, words
from core.ledger.budgets import BudgetRow
from core.ledger.engine import connect
from core.ledger.invoices import InvoiceRow
from core.ledger.prices import ContractPrice
from core.ledger.words import PairRow
from core.settings import Settings
from core.sync import schedule
from core.sync.report import SyncReport
from core.sync.run import sync
from core.ui.jobs import Job
from core.watch.alerts import step, targets
from core.watch.alerts.places import hook

VIEWER = Person("vera@example.com", Role.VIEWER, "sign-in")
ANALYST = Person("anna@example.com", Role.ANALYST, "sign-in")
ADMIN = Person("ada@example.com", Role.ADMIN, "sign-in")
KEY = SecretStr("sk-ant-admin01-" + "canary4711" * 9)
MONTH = date(2026, 10, 1)
PAIR = (1, 2)


@pytest.fixture
def settings(ledger_url):
    return Settings(database_url=ledger_url())


@pytest.fixture
def engine(settings):
    engine = connect(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def served():
    """A process that serves people, none of whom is known."""
    acting.ask(lambda: None)
    with acting.acting_as(None):
        yield


def _checked() -> CheckResult:
    return CheckResult(ok=True, findings=())


GUARDED = {
    "connect": (Role.ADMIN, lambda e, s: store.add(e, Vault(s), "New", "platform", KEY)),
    "rotate": (Role.ADMIN, lambda e, s: store.rotate(e, Vault(s), "Main", KEY)),
    "disconnect": (Role.ADMIN, lambda e, s: store.disconnect(e, "Main")),
    "delete data": (Role.ADMIN, lambda e, s: store.disconnect(e, "Main", delete_data=True)),
    "check": (Role.ANALYST, lambda e, s: store.record_check(e, "Main", _checked())),
    "use a key": (Role.ANALYST, lambda e, s: store.get_key(e, Vault(s), "Main")),
    "sync": (Role.ANALYST, lambda e, s: sync(e, s, ["nobody"])),
    "set budget": (
        Role.ADMIN, lambda e, s: budgets.save_budgets(e, [BudgetRow("All", MONTH, 10**10)])
    ),
    "delete budget": (Role.ADMIN, lambda e, s: budgets.delete_budget(e, "All")),
    "give word": (
        Role.ANALYST, lambda e, s: words.give(e, PairRow(*PAIR, "independent", "they differ"))
    ),
    "take back word": (Role.ANALYST, lambda e, s: words.take_back(e, *PAIR)),
    "enter price": (
        Role.ANALYST, lambda e, s: prices.add_price(e, ContractPrice(MONTH, discount=100_000))
    ),
    "delete price": (Role.ANALYST, lambda e, s: prices.delete_price(e, 1)),
    "enter invoice": (
        Role.ANALYST,
        lambda e, s: invoices.save_invoice(
            e, InvoiceRow("platform", Span(MONTH, date(2026, 11, 1)), 10**12)
        ),
    ),
    "delete invoice": (Role.ANALYST, lambda e, s: invoices.delete_invoice(e, 1)),
    "close month": (Role.ANALYST, lambda e, s: closes.close_month(e, 1, MONTH)),
    "reopen month": (Role.ANALYST, lambda e, s: closes.reopen_month(e, 1, MONTH)),
    "dismiss": (
        Role.ANALYST, lambda e, s: dismissals.dismiss(e, ("user", "u", MONTH), "a test", "")
    ),
    "undismiss": (Role.ANALYST, lambda e, s: dismissals.undismiss(e, ("user", "u", MONTH))),
    "add target": (
        Role.ADMIN,
        lambda e, s: targets.add(
            e, Vault(s), "Ops", hook("slack", SecretStr("https://hooks.slack.com/services/T/B/x"))
        ),
    ),
    "pause target": (Role.ADMIN, lambda e, s: targets.pause(e, "Ops")),
    "choose kinds": (Role.ADMIN, lambda e, s: targets.choose(e, "Ops", ["budget"])),
    "test target": (Role.ADMIN, lambda e, s: step.send_test(e, s, "Ops")),
    "remove target": (Role.ADMIN, lambda e, s: targets.remove(e, "Ops")),
    "read the audit log": (Role.ADMIN, lambda e, s: audit.entries(e)),
}  # fmt: skip
"""What is guarded: by which role, and how it is done."""


def _log(engine):
    with acting.acting_as(ADMIN):
        return [(e.who, e.action, e.object) for e in reversed(audit.entries(engine))]


REFUSED = [
    (name, person)
    for name, (role, _) in GUARDED.items() for person in (VIEWER, ANALYST) if person.role < role
]  # fmt: skip


@pytest.mark.parametrize(("name", "person"), REFUSED, ids=lambda it: getattr(it, "name", it))
def test_who_may_not_is_refused_inside_the_function_and_nothing_changes(
    name, person, engine, settings
):
    role, action = GUARDED[name]
    store.add(engine, Vault(settings), "Main", "platform", KEY)
    before = _log(engine)
    with acting.acting_as(person), pytest.raises(NotAllowed) as refused:
        action(engine, settings)
    assert refused.value.code == "not_allowed"
    assert role.word in refused.value.title
    assert person.name in refused.value.cause
    assert _log(engine) == before


@pytest.mark.usefixtures("served")
@pytest.mark.parametrize("name", GUARDED)
def test_where_people_are_served_nobody_may_do_anything(name, engine, settings):
    with pytest.raises(NotAllowed, match="not known who asks"):
        GUARDED[name][1](engine, settings)


@pytest.mark.parametrize("name", GUARDED)
def test_who_may_is_not_stopped_by_the_guard(name, engine, settings):
    role, action = GUARDED[name]
    said = None
    with acting.acting_as(Person("just@example.com", role, "sign-in")):
        try:
            action(engine, settings)
        except SpendError as error:
            said = error.code
    # There may be no such connection, budget or target: the guard let it through to look.
    assert said in {None, "unknown_name", "bad_value"}


def test_a_sign_in_that_has_expired_allows_nothing_any_more():
    ended = calendar.now() - timedelta(seconds=1)
    with acting.acting_as(Person("ada@example.com", Role.ADMIN, "sign-in", until=ended)):
        assert acting.known() is not None
        with pytest.raises(NotAllowed, match="the sign-in has expired"):
            acting.require(Role.VIEWER, "Looking")


def test_a_command_acts_for_the_machines_operator(monkeypatch):
    assert acting.person() == operator()
    assert (operator().role, operator().source) == (Role.ADMIN, "command line")
    people.operator.cache_clear()

    def nameless() -> str:
        raise OSError("no username set in the environment")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert operator().name.startswith("user ")
    people.operator.cache_clear()


@pytest.mark.usefixtures("served")
def test_what_is_started_for_somebody_is_done_for_them_in_its_own_thread():
    seen: list[Person] = []
    job, done = Job(), threading.Event()

    def work(_listen: object) -> None:
        seen.append(acting.person())
        done.set()

    with acting.acting_as(ANALYST):
        assert job.start(work)
    assert done.wait(10)
    assert seen == [ANALYST]
    assert job.error is None
    with pytest.raises(NotAllowed):
        job.start(work)


@pytest.mark.usefixtures("served")
def test_the_schedule_acts_for_itself(engine, settings):
    seen: list[Person] = []

    def work(*_: object, trigger: str) -> SyncReport:
        seen.append(acting.person())
        return SyncReport(())

    schedule.sync_quietly(engine, settings, work)
    assert seen == [SCHEDULE]


@pytest.mark.usefixtures("served")
def test_whoever_looks_first_has_the_simulation_filled(tmp_path, monkeypatch):
    seen: list[Person] = []
    monkeypatch.setattr(
        simulated, "_connect_both", lambda *_: seen.append(acting.person()) or _stop()
    )

    def _stop() -> None:
        raise InterruptedError

    chosen = Settings(database_url=f"sqlite:///{tmp_path}/ledger.sqlite3")
    with pytest.raises(InterruptedError):
        simulated.fill(chosen)
    assert seen == [people.SIMULATION]


def test_roles_hold_what_lower_ones_may():
    assert Role.VIEWER < Role.ANALYST < Role.ADMIN
    assert [role.word for role in Role] == ["viewer", "analyst", "admin"]
    until = datetime(2100, 1, 1, tzinfo=UTC)
    with acting.acting_as(Person("a@example.com", Role.ADMIN, "sign-in", until=until)) as who:
        assert acting.require(Role.ANALYST, "Looking") == who
