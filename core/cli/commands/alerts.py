"""`claude-spend alerts`: where alerts go, whether they arrive, what stands, and what was sent."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType

from core.cli import ledger, options, output
from core.cli.failures import PARTLY
from core.cli.secret import read_secret

if TYPE_CHECKING:
    from core.watch.alerts.places import HookKind, Place

app = typer.Typer(no_args_is_help=True, help="Where alerts go, and what was sent.")
add = typer.Typer(
    no_args_is_help=True,
    help="Add a target. What is secret of it is read from standard input, or asked for.",
)
app.add_typer(add, name="add")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the target.")]
Kinds = Annotated[
    str,
    typer.Option(
        "--kinds",
        metavar="KIND,KIND",
        help="Only these: budget budget_forecast anomaly sync_failing key_refused key_expiring "
        "stale overlap. By default all.",
    ),
]
Host = Annotated[str, typer.Option("--host", help="The mail server.")]
Sender = Annotated[str, typer.Option("--from", metavar="ADDRESS", help="Whom mails come from.")]
Recipients = Annotated[
    str, typer.Option("--to", metavar="ADDRESSES", help="Who gets them, comma separated.")
]
Security = Annotated[
    str,
    typer.Option("--security", help="starttls, tls, or (on this very machine only) none."),
]
Port = Annotated[
    int | None, typer.Option("--port", help="By default 587 for starttls, 465 for tls, else 25.")
]
User = Annotated[
    str, typer.Option("--user", help="To sign in with; the password is read then.")
]  # fmt: skip
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many at most.")]


@add.command("email")
def email(
    name: Name, host: Host, sender: Sender, recipients: Recipients, security: Security = "starttls",
    port: Port = None, user: User = "", kinds: Kinds = "", as_json: options.Json = False,
) -> int:  # fmt: skip
    """Add people who get alerts by mail; with --user, the password is read."""
    from pydantic import SecretStr

    from core.watch.alerts.places import mailbox

    password = read_secret("password") if user else SecretStr("")
    place = mailbox(host, port, security, user, password, sender, recipients)
    return _add(name, place, kinds, as_json)


@add.command("slack")
def slack(name: Name, kinds: Kinds = "", as_json: options.Json = False) -> int:
    """Add a Slack channel; its webhook's address is read."""
    return _add(name, _hook("slack"), kinds, as_json)


@add.command("teams")
def teams(name: Name, kinds: Kinds = "", as_json: options.Json = False) -> int:
    """Add a Teams channel; the address of its workflow is read."""
    return _add(name, _hook("teams"), kinds, as_json)


@add.command("webhook")
def webhook(name: Name, kinds: Kinds = "", as_json: options.Json = False) -> int:
    """Add an address that gets signed JSON; the address is read, then the secret that signs."""
    return _add(name, _hook("webhook"), kinds, as_json)


@app.command("list")
def listed(as_json: options.Json = False) -> int:
    """List the targets, and what stands right now."""
    with ledger.own() as here:
        from core.watch.alerts.standing import standing
        from core.watch.alerts.targets import all_targets

        content = {
            "targets": [target.as_dict() for target in all_targets(here.engine)],
            "standing": [one.as_dict() for one in standing(here.engine)],
        }
    return output.deliver(content, as_json, _draw_list)


@app.command("test")
def try_out(name: Name, as_json: options.Json = False) -> int:
    """Send a test message to a target, and say whether it took it."""
    with ledger.own() as here:
        from core.watch.alerts.step import send_test

        said = send_test(here.engine, here.settings, name)
    content = {"target": name, "sent": True, "note": said or None}
    return output.deliver(content, as_json, _draw_test)


@app.command("pause")
def pause(name: Name, as_json: options.Json = False) -> int:
    """Send nothing to a target until it is resumed."""
    return _paused(name, as_json, paused=True)


@app.command("resume")
def resume(name: Name, as_json: options.Json = False) -> int:
    """Send to a paused target again: what stands by then, and what comes."""
    return _paused(name, as_json, paused=False)


@app.command("kinds")
def kinds(name: Name, kinds: Kinds = "", as_json: options.Json = False) -> int:
    """Choose which kinds of alerts a target gets; without --kinds, all of them."""
    with ledger.own() as here:
        from core.watch.alerts import targets

        changed = targets.choose(here.engine, name, _chosen(kinds))
    return output.deliver({"target": changed.as_dict()}, as_json, _draw_target)


@app.command("remove")
def remove(name: Name, as_json: options.Json = False) -> int:
    """Erase a target, its address, and the record of what it got."""
    with ledger.own() as here:
        from core.watch.alerts import targets

        known = targets.get(here.engine, name)
        targets.remove(here.engine, known.name)
    content = {"target": known.name, "removed": True}
    return output.deliver(content, as_json, lambda c: [output.plain(f"{c['target']}: removed.")])


@app.command("log")
def log(limit: Limit = 50, as_json: options.Json = False) -> int:
    """Show what was sent to whom, and what was not and why, the newest first."""
    with ledger.own() as here:
        from core.watch.alerts import sent

        content = {"log": [row.as_dict() for row in sent.log(here.engine, limit)]}
    return output.deliver(content, as_json, _draw_log)


@app.command("send")
def send(as_json: options.Json = False) -> int:
    """Look what stands and send what was not sent yet, as every sync does when it has ended."""
    with ledger.own() as here:
        from core.watch.alerts.standing import standing
        from core.watch.alerts.step import alerts

        found = [finding.as_dict() for finding in alerts(here.engine, here.settings)]
        content = {"standing": [s.as_dict() for s in standing(here.engine)], "findings": found}
    return output.deliver(content, as_json, _draw_sent, PARTLY if found else 0)


def _hook(kind: "HookKind") -> "Place":
    from core.watch.alerts.places import hook

    url = read_secret("web address")
    return hook(kind, url, read_secret("secret that signs") if kind == "webhook" else None)


def _add(name: str, place: "Place", kinds: str, as_json: bool) -> int:
    with ledger.own() as here:
        from core.connections.vault import open_vault
        from core.watch.alerts import targets

        vault = open_vault(here.settings, here.engine)
        made = targets.add(here.engine, vault, name, place, _chosen(kinds))
    return output.deliver({"target": made.as_dict()}, as_json, _draw_target)


def _chosen(kinds: str) -> list[str]:
    return [kind.strip() for kind in kinds.split(",") if kind.strip()]


def _paused(name: str, as_json: bool, *, paused: bool) -> int:
    with ledger.own() as here:
        from core.watch.alerts import targets

        changed = targets.pause(here.engine, name, paused)
    return output.deliver({"target": changed.as_dict()}, as_json, _draw_target)


def _draw_list(content: output.Document) -> Iterable[RenderableType]:
    targets, standing = content["targets"], content["standing"]
    if targets:
        columns = ("target", "kind", "where", "gets", "state")
        yield output.table(columns, map(_target_row, targets))
    else:
        yield "No target was set up: nobody is told. Add one with `claude-spend alerts add`."
    yield ""
    yield from _draw_standing(standing)


def _target_row(target: dict[str, Any]) -> tuple[object, ...]:
    state = "paused" if target["paused"] else "on"
    return target["name"], target["kind"], target["hint"], ", ".join(target["kinds"]), state


def _draw_standing(standing: list[dict[str, Any]]) -> Iterable[RenderableType]:
    if not standing:
        yield "Nothing stands that would have to be told."
        return
    rows = [(one["since"], one["kind"], one["title"]) for one in standing]
    yield output.table(("since", "kind", "what"), rows)


def _draw_target(content: output.Document) -> Iterable[RenderableType]:
    target = content["target"]
    state = "paused" if target["paused"] else "gets alerts"
    yield output.plain(f"{target['name']} ({target['kind']}, {target['hint']}): {state}.")
    if not target["paused"]:
        yield output.plain(f"See whether they arrive: claude-spend alerts test {target['name']!r}")


def _draw_test(content: output.Document) -> Iterable[RenderableType]:
    yield output.plain(f"{content['target']}: took it. {content['note'] or ''}".strip())


def _draw_log(content: output.Document) -> Iterable[RenderableType]:
    if not content["log"]:
        yield "Nothing has been sent yet."
        return
    rows = [
        (r["sent_at"] or r["tried_at"], r["target"], r["state"], r["title"], r["problem"])
        for r in content["log"]
    ]
    yield output.table(("when", "target", "state", "what", "problem"), rows)


def _draw_sent(content: output.Document) -> Iterable[RenderableType]:
    yield from _draw_standing(content["standing"])
    for finding in content["findings"]:
        yield output.finding(finding)
