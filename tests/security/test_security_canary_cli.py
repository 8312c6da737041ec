"""Secrets go through every command, and no byte that is written afterwards holds one of them."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from canaries import (
    ADMIN,
    ANALYTICS,
    GATEWAY,
    HOOK_SECRET,
    HOOK_TOKEN,
    METRICS,
    PASSWORD,
    SECRETS,
    Traces,
    forms,
    found,
)
from cli_desk import Desk, Said
from echoes import ECHOES
from sinks import certificate, mail_sink, web_sink

from core import demo
from core.anthropic.transport import Client
from core.watch.alerts import hooks, mail
from core.watch.alerts.places import Hook, Mailbox

KIND = {ADMIN: "platform", GATEWAY: "platform", ANALYTICS: "enterprise"}


def look(traces: Traces, said: Said) -> Said:
    """Keep what a command said."""
    traces.add("standard output", said.out)
    traces.add("standard error", said.err)
    return said


def keep(desk: Desk, key: str, company: demo.Organisation) -> Said:
    """Connect with a key; the connection is called as the key begins."""
    more = ("--organization-id", company.platform_id) if KIND[key] == "platform" else ()
    return desk.run("connect", KIND[key], key[:10], *more, stdin=f"{key}\n")


# ── answers that repeat the key ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("echo", ECHOES.values(), ids=list(ECHOES))
def test_an_answer_that_repeats_the_key_leaves_no_trace_of_it(
    desk: Desk,
    api: demo.Server,
    company: demo.Organisation,
    traces: Traces,
    echo: Callable[[str], demo.Fault],
) -> None:
    for key in (GATEWAY, ANALYTICS):
        api.behaviour.faults.clear()
        assert look(traces, keep(desk, key, company)).status == 0
        api.behaviour.faults[:] = [echo(key)]
        assert look(traces, desk.run("sync", key[:10])).status != 0
        look(traces, desk.run("check", key[:10], "--json"))
    assert b"nthropic" in traces.more["standard output"]
    assert traces.leaks() == {}


# ── a whole life ──────────────────────────────────────────────────────────────────────────────


def life(desk: Desk, out: Path, organization: str) -> list[tuple[str, ...]]:
    """Return commands from the first to the last day of a key, and what is written in between."""
    return [
        ("connect", "enterprise", "Seats"),
        ("connect", "platform", "Console", "--organization-id", organization),
        ("rotate", "Seats"),
        ("check", "Seats", "--json"),
        ("sync",),
        ("doctor", "--json"),
        ("report", "--by", "connection,product"),
        ("receipt", "--by", "connection"),
        *(("export", form, str(out / f"{form}.{form}")) for form in ("csv", "parquet", "xlsx")),
        ("budgets", "add", "All", "--amount", "10"),
        ("budgets", "export", str(out / "budgets.csv")),
        ("backup", str(out / "saved.sqlite3")),
        ("migrate-database", desk.url, f"sqlite:///{out}/moved.sqlite3"),
        ("disconnect", "Seats"),
        ("connect", "enterprise", "Seats"),
        ("disconnect", "Seats", "--delete-data"),
        ("connections", "--json"),
        ("audit", "--json"),
    ]


def test_the_whole_life_of_a_key_leaves_no_trace_of_it(
    desk: Desk, api: demo.Server, company: demo.Organisation, traces: Traces
) -> None:
    out = desk.folder / "out"
    out.mkdir()
    keys = {"ANTHROPIC_ADMIN_KEY": ADMIN, "ANTHROPIC_ANALYTICS_KEY": ANALYTICS}
    for words in life(desk, out, company.platform_id):
        said = look(traces, desk.run(*words, CLAUDE_SPEND_METRICS_TOKEN=METRICS, **keys))
        assert said.status == 0, (words, said)
    assert {ADMIN, ANALYTICS} <= {seen.headers.get("x-api-key") for seen in api.requests}
    assert {".csv", ".parquet", ".sqlite3", ".key"} <= {path.suffix for path in out.iterdir()}
    assert traces.leaks() == {}


# ── where alerts go ───────────────────────────────────────────────────────────────────────────


def test_where_alerts_go_leaves_no_trace(
    desk: Desk, traces: Traces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (hooks, mail):
        monkeypatch.setattr(module, "patiently", lambda act, sleep: act())
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    signed_in = mail_sink("starttls", context, sign_in=("ana", PASSWORD))
    with web_sink(500) as sink, signed_in as post:
        address = f"{sink.url}{HOOK_TOKEN}"
        email = ("--host", "localhost", "--port", str(post.port), "--user", "ana",
                 "--from", "a@example.com", "--to", "b@example.com")  # fmt: skip
        given = {
            ("add", "slack", "Team"): f"{address}\n",
            ("add", "teams", "Finance"): f"{address}\n",
            ("add", "webhook", "Ops"): f"{address}\n{HOOK_SECRET}\n",
            ("add", "webhook", "Odd"): f"http://elsewhere.invalid{HOOK_TOKEN}\n{HOOK_SECRET}\n",
            ("add", "email", "People", *email): f"{PASSWORD}\n",
            **dict.fromkeys([("test", name) for name in ("Team", "Finance", "Ops", "People")], ""),
        }
        for words, stdin in given.items():
            look(traces, desk.run("alerts", *words, stdin=stdin))
    assert {posted.path for posted in sink.got} == {HOOK_TOKEN}
    assert [letter.user for letter in post.got] == ["ana"]
    for words in (("list",), ("log",), ("test", "Ops"), ("remove", "Team"), ("list", "--json")):
        look(traces, desk.run("alerts", *words))
    assert traces.leaks() == {}


# ── a crash ───────────────────────────────────────────────────────────────────────────────────


def fall(*given: object, **more: object) -> None:
    """Fail as nobody foresaw, with what the caller knows in the words."""
    known = inspect.stack()[1].frame.f_locals
    raise RuntimeError(f"no such thing: {[*places_of(known)]} {given!r} {more!r}")


def places_of(known: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield all that the places among some values hold."""
    for value in known.values():
        if isinstance(value, Hook | Mailbox):
            yield asdict(value)


@pytest.mark.parametrize("key", KIND, ids=lambda key: key[:10])
def test_a_crash_inside_says_no_key_not_even_in_the_log(
    desk: Desk,
    company: demo.Organisation,
    traces: Traces,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
) -> None:
    def fall_at(client: Client, ask: object) -> None:
        raise RuntimeError(f"no such thing: {key} {client!r} {ask!r}")

    look(traces, keep(desk, key, company))
    monkeypatch.setattr(Client, "_exchange", fall_at)
    for words in (("check", key[:10]), ("sync",), ("sync", "--json"), ("rotate", key[:10])):
        assert look(traces, desk.run(*words, stdin=f"{key}\n")).status == 1
    assert b"RuntimeError" in traces.more["standard error"]
    assert b"no such thing" in traces.more["standard error"]
    assert traces.leaks() == {}


def test_a_crash_while_an_alert_is_sent_says_no_secret(
    desk: Desk, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (hooks, mail):
        monkeypatch.setattr(module, "patiently", fall)
    address, people = f"https://hooks.invalid{HOOK_TOKEN}", ("--from", "a@b.example", "--to",
                                                              "c@d.example")  # fmt: skip
    added = {
        ("webhook", "Ops"): f"{address}\n{HOOK_SECRET}\n",
        ("email", "People", "--host", "smtp.invalid", "--user", "ana", *people): f"{PASSWORD}\n",
    }
    for words, stdin in added.items():
        assert look(traces, desk.run("alerts", "add", *words, stdin=stdin)).status == 0
        assert look(traces, desk.run("alerts", "test", words[1])).status == 1
        assert "no such thing: [{" in traces.more["standard error"].decode()
    assert traces.leaks() == {}


# ── the search itself ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("secret", SECRETS.values(), ids=list(SECRETS))
def test_what_looks_for_secrets_finds_them(secret: str) -> None:
    for form, text in forms(secret).items():
        assert found(b"before " + text + b" after"), form
    assert not found(secret.swapcase().encode())
