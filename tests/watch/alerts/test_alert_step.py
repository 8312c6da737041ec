"""The step from end to end: each alert once to each target, and nothing secret anywhere."""

import json
import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sinks import mail_sink, web_sink
from sqlmodel import select

from core.connections import store
from core.connections.vault import Vault, open_vault
from core.errors import BadValue, SecretKeyUnusable, UnknownName
from core.ledger import runs
from core.ledger.engine import connect, reading
from core.ledger.tables import AlertSent, AlertTarget
from core.settings import Settings
from core.watch.alerts import attempts, conditions, sent, step, targets
from core.watch.alerts.alert import KINDS, Alert
from core.watch.alerts.places import hook, mailbox
from core.watch.alerts.standing import observe, standing

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET = "canary-of-the-webhooks-secret"
TOKEN = "/services/canary-in-the-address"
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def settings(ledger_url):
    return Settings(database_url=ledger_url(), public_url="https://spend.example.com/")


@pytest.fixture
def engine(settings):
    made = connect(settings)
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """Wait for nothing between two tries."""
    monkeypatch.setattr(attempts, "pause", lambda _: 0.0)


@pytest.fixture(autouse=True)
def heard(monkeypatch):
    """Let caplog hear the product's logs, whatever an earlier test has configured."""
    monkeypatch.setattr(logging.getLogger("core"), "propagate", True)
    monkeypatch.setattr(logging.getLogger("core"), "level", logging.DEBUG)


@pytest.fixture
def stands(monkeypatch):
    """What the sources find: a list that a test may change between two runs."""
    found: list[Alert] = []
    monkeypatch.setattr(
        conditions, "SOURCES",
        tuple((kind, lambda _, k=kind: (a for a in found if a.kind == k)) for kind in KINDS),
    )  # fmt: skip
    return found


def alert(key="stale/1", kind="stale", title="Console is old."):
    return Alert(kind, key, title, "Read it.", "connections")


def add(engine, settings, url, name="team", kind="webhook", kinds=()):
    place = hook(kind, SecretStr(url + TOKEN), SecretStr(SECRET))
    return targets.add(engine, Vault(settings), name, place, kinds, clock=lambda: NOON)


def run(engine, settings, at=NOON):
    return step.alerts(engine, settings, lambda: at)


def titles(sink):
    return [json.loads(got.body)["title"] for got in sink.got]


def test_an_alert_is_sent_once_to_each_target_that_gets_its_kind(engine, settings, stands):
    with web_sink() as one, web_sink() as two, mail_sink() as post:
        add(engine, settings, one.url, "one")
        add(engine, settings, two.url, "two", kinds=["overlap"])
        place = mailbox("127.0.0.1", post.port, "none", "", SecretStr(""), "a@example.com",
                        "b@example.com")  # fmt: skip
        targets.add(engine, Vault(settings), "mail", place, ["stale"])
        stands += [alert(), alert("overlap/1-2/both", "overlap", "Both report it.")]
        for hours in range(3):
            assert run(engine, settings, NOON + hours * HOUR) == []
        assert titles(one) == ["Console is old.", "Both report it."]
        assert titles(two) == ["Both report it."]
        assert [str(m.letter["subject"]) for m in post.got] == ["claude-spend: Console is old."]
    assert b'"link":"https://spend.example.com/connections"' in one.got[0].body
    rows = [(r.target, r.kind, r.state, r.attempts, r.sent_at) for r in sent.log(engine)]
    assert sorted(rows) == [
        ("mail", "stale", "sent", 1, NOON),
        ("one", "overlap", "sent", 1, NOON),
        ("one", "stale", "sent", 1, NOON),
        ("two", "overlap", "sent", 1, NOON),
    ]


def test_what_healed_and_came_back_is_told_again(engine, settings, stands):
    with web_sink() as sink:
        add(engine, settings, sink.url)
        stands.append(alert())
        run(engine, settings)
        stands[:] = [alert(title="Console is very old.")]  # other words, the same condition
        run(engine, settings, NOON + HOUR)
        assert len(sink.got) == 1
        assert standing(engine)[0].alert.title == "Console is very old."
        stands.clear()
        run(engine, settings, NOON + 2 * HOUR)
        assert standing(engine) == []
        stands.append(alert())
        run(engine, settings, NOON + 3 * HOUR)
    assert titles(sink) == ["Console is old.", "Console is old."]
    assert [s.since for s in standing(engine)] == [NOON + 3 * HOUR]


def test_two_runs_at_once_send_once(engine, settings, stands):
    stands += [alert(f"stale/{n}", title=f"Connection {n} is old.") for n in range(4)]
    other = connect(settings)
    start = threading.Barrier(2)
    failed: list[object] = []

    def race(mine, at):
        start.wait()
        failed.append(run(mine, settings, at))

    with web_sink() as sink:
        add(engine, settings, sink.url)
        runs = ((engine, NOON), (other, NOON + timedelta(seconds=1)))
        threads = [threading.Thread(target=race, args=given) for given in runs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    other.dispose()
    assert failed == [[], []]  # both came to an end
    # Since when it stands was said by whichever run was first, and taken over by the other.
    assert sorted(titles(sink)) == [f"Connection {n} is old." for n in range(4)]


def test_a_failure_is_recorded_and_tried_again_by_the_next_run(engine, settings, stands):
    with web_sink(404, 500, 500, 500, 200) as sink:
        add(engine, settings, sink.url)
        stands.append(alert())
        (said,) = run(engine, settings)
        assert (said.code, said.severity) == ("alert_not_sent", "warning")
        assert said.title == "An alert to team was not sent."
        (row,) = sent.log(engine)
        assert (row.state, row.attempts, row.sent_at) == ("waiting", 1, None)
        assert row.problem == "The receiver refused it with HTTP 404."
        run(engine, settings, NOON + HOUR)
        assert sent.log(engine)[0].attempts == 2
        assert run(engine, settings, NOON + 2 * HOUR) == []
        (row,) = sent.log(engine)
    assert (row.state, row.attempts, row.sent_at) == ("sent", 3, NOON + 2 * HOUR)
    assert (row.problem, len(sink.got)) == ("", 5)


def test_a_target_that_fails_is_not_asked_for_the_next_alert_and_others_are(
    engine, settings, stands
):
    with web_sink(404) as broken, web_sink() as sound:
        add(engine, settings, broken.url, "broken")
        add(engine, settings, sound.url, "sound")
        stands += [alert("stale/1"), alert("stale/2")]
        assert len(run(engine, settings)) == 1
    assert (len(broken.got), len(sound.got)) == (1, 2)


def test_in_the_end_it_is_given_up(engine, settings, stands):
    with web_sink(404) as sink:
        add(engine, settings, sink.url)
        stands.append(alert())
        for hours in range(sent.ATTEMPTS + 3):
            run(engine, settings, NOON + hours * HOUR)
    assert len(sink.got) == sent.ATTEMPTS
    assert sent.log(engine)[0].state == "given_up"


def test_a_claim_of_a_killed_process_holds_for_a_while_only(engine, settings, stands):
    with web_sink() as sink:
        target = add(engine, settings, sink.url)
        (now,) = observe(engine, [alert()], ["stale"], NOON)
        stands.append(alert())
        assert sent.claim(engine, target, now, NOON)
        assert sent.log(engine)[0].state == "sending"
        run(engine, settings, NOON + sent.LEASE)
        assert sink.got == []
        run(engine, settings, NOON + sent.LEASE + timedelta(seconds=1))
        assert len(sink.got) == 1


def test_one_run_sends_no_flood(engine, settings, stands):
    stands += [alert(f"stale/{n}") for n in range(step.AT_MOST + 5)]
    with web_sink() as sink:
        add(engine, settings, sink.url)
        run(engine, settings)
        assert len(sink.got) == step.AT_MOST
        run(engine, settings, NOON + HOUR)
        assert len(sink.got) == step.AT_MOST + 5


def test_a_paused_target_gets_nothing_and_then_what_still_stands(engine, settings, stands):
    with web_sink() as sink:
        target = add(engine, settings, sink.url)
        stands.append(alert())
        assert targets.pause(engine, "TEAM").paused
        run(engine, settings)
        (now,) = standing(engine)
        assert not sent.claim(engine, target, now, NOON)  # it was paused after it was listed
        assert sink.got == []
        targets.pause(engine, "team", paused=False)
        run(engine, settings)
        assert len(sink.got) == 1


def test_a_removed_target_leaves_nothing_and_a_new_one_is_told(engine, settings, stands):
    with web_sink() as sink:
        first = add(engine, settings, sink.url)
        stands.append(alert())
        run(engine, settings)
        targets.remove(engine, "team")
        with reading(engine) as session:
            assert session.exec(select(AlertTarget)).all() == []
            assert session.exec(select(AlertSent)).all() == []
        assert targets.all_targets(engine) == []
        add(engine, settings, sink.url)
        (now,) = standing(engine)
        sent.settle(engine, first, now, NOON)  # nothing was claimed: nothing is recorded
        run(engine, settings)
        assert len(sink.got) == 2


def test_no_file_holds_what_a_removed_target_was(engine, settings, ledgers):
    add(engine, settings, "https://hooks.example.com")
    with reading(engine) as session:
        (row,) = session.exec(select(AlertTarget))
    targets.remove(engine, "team")
    assert row.ciphertext.encode() not in ledgers.content(engine)


def test_the_simulated_organisation_sends_nothing(engine, settings, stands):
    with web_sink() as sink:
        add(engine, settings, sink.url)
        stands.append(alert())
        assert run(engine, settings.model_copy(update={"demo": "1"})) == []
    assert sink.got == []
    assert len(standing(engine)) == 1


def test_a_source_that_fails_stops_no_other_and_heals_nothing(
    engine, settings, stands, monkeypatch
):
    stands += [alert(), alert("overlap/1", "overlap")]
    run(engine, settings)

    def broken(_):
        raise ZeroDivisionError("no days")

    def refused(_):
        raise BadValue("Odd.", "Because.", "Do this.")

    sources = (("overlap", broken), ("anomaly", refused), ("stale", lambda _: iter(())))
    monkeypatch.setattr(conditions, "SOURCES", sources)
    found = run(engine, settings, NOON + HOUR)
    assert [f.code for f in found] == ["internal_error", "bad_value"]
    assert [s.alert.kind for s in standing(engine)] == ["overlap"]


# ── secrets ──────────────────────────────────────────────────────────────────────────────────


def test_nothing_secret_is_in_the_database_a_log_or_a_finding(
    engine, settings, stands, tmp_path, caplog
):
    caplog.set_level(logging.DEBUG)
    with web_sink(404) as sink:
        target = add(engine, settings, sink.url)
        place = mailbox("127.0.0.1", 9, "none", "ana", SecretStr("canary-password"),
                        "canary-from@example.com", "canary-to@example.com")  # fmt: skip
        targets.add(engine, Vault(settings), "mail", place)
        stands.append(alert())
        said = repr(run(engine, settings)) + repr(sent.log(engine)) + repr(target)
    assert said.count("alert_not_sent") == 2
    said += "".join(r.getMessage() for r in caplog.records)
    files = b"".join(p.read_bytes() for p in tmp_path.iterdir() if p.is_file())
    for secret in ("canary", SECRET, TOKEN):
        assert secret not in said
        assert secret.encode() not in files


def test_what_nobody_foresaw_is_told_by_its_name_alone(engine, settings, stands, caplog):
    add(engine, settings, "https://hooks.example.com")
    stands.append(alert())
    now = observe(engine, stands, ["stale"], NOON)

    def post(*_):
        raise RuntimeError(f"https://hooks.example.com{TOKEN}")

    (said,) = step.deliver(engine, settings, now, lambda: NOON, post)
    assert said.cause == "Something unforeseen happened: RuntimeError."
    assert sent.log(engine)[0].problem == said.cause
    assert "canary" not in caplog.text


def test_a_new_secret_key_covers_where_alerts_go(ledger_url, engine):
    def at(secret):
        return Settings(database_url=ledger_url(), secret_key=secret)

    add(engine, at(OLD), "https://hooks.example.com")
    target = targets.get(engine, "team")
    assert not Vault(at(f"{NEW},{OLD}")).opens_all(engine)
    done = Vault(at(f"{NEW},{OLD}")).reencrypt_all(engine)
    assert done.changed == ("alerts to team",)
    place = targets.place_of(engine, Vault(at(NEW)), target)
    assert place.url == f"https://hooks.example.com{TOKEN}"
    with pytest.raises(SecretKeyUnusable, match="address of 'team'") as caught:
        targets.place_of(engine, Vault(at(OLD)), target)
    assert "remove the target" in caught.value.fix


def test_a_target_that_no_secret_opens_is_a_finding_and_stops_no_other(
    engine, settings, stands, tmp_path
):
    stands.append(alert())
    with web_sink() as sink:
        add(engine, settings.model_copy(update={"secret_key": SecretStr(OLD)}), sink.url, "lost")
        add(engine, settings, sink.url, "sound")
        (said,) = run(engine, settings)
    assert (said.code, len(sink.got)) == ("secret_key_unusable", 1)
    assert open_vault(settings, engine).reencrypt_all(engine).unreadable == ("alerts to lost",)


# ── targets ──────────────────────────────────────────────────────────────────────────────────


def test_targets_have_unique_names_and_known_kinds(engine, settings):
    add(engine, settings, "https://hooks.example.com", "Team", kinds=["stale", "budget"])
    assert targets.get(engine, "team").kinds == ("budget", "stale")
    with pytest.raises(BadValue, match="already a target 'TEAM'"):
        add(engine, settings, "https://hooks.example.com", "TEAM")
    with pytest.raises(BadValue, match="name of a target"):
        add(engine, settings, "https://hooks.example.com", " ")
    with pytest.raises(BadValue, match="no kind of alert 'weather'"):
        targets.choose(engine, "Team", ["weather"])
    with pytest.raises(UnknownName, match="'Teams'") as caught:
        targets.get(engine, "Teams")
    assert "Did you mean" in caught.value.cause
    assert targets.choose(engine, "team", KINDS).kinds == ()
    assert targets.get(engine, "team").as_dict()["kinds"] == list(KINDS)


def test_a_test_message_arrives_or_says_why_not_and_is_no_alert(engine, settings):
    with web_sink(200, 404) as sink:
        add(engine, settings, sink.url)
        targets.pause(engine, "team")
        assert step.send_test(engine, settings, "team") == ""
        with pytest.raises(attempts.AlertNotSent, match="HTTP 404"):
            step.send_test(engine, settings, "team")
    assert titles(sink) == ["This is a test."] * 2
    assert sent.log(engine) == []


def test_the_runs_of_a_connection_are_listed_newest_first(engine, settings):
    made = store.add(engine, Vault(settings), "one", "platform", SecretStr("k" * 40))
    for hours, outcome in enumerate(["complete", "failed", "partial"]):
        number = runs.start_run(engine, [made.id], "test", now=NOON + hours * HOUR)
        runs.finish_run(engine, number, outcome, now=NOON + hours * HOUR)
    assert [r.outcome for r in runs.ended(engine, made.id, 2)] == ["partial", "failed"]
    assert runs.latest(engine, made.id).outcome == "partial"
