"""`claude-spend connections`, `check` and `disconnect`: what is connected, and whether it works."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType

from core import calendar
from core.cli import ledger, options, output, probing
from core.cli.failures import STOPPED, as_error
from core.errors import FixConnection, SecretKeyUnusable

if TYPE_CHECKING:
    from core.analysis.overview import Freshness
    from core.connections.store import ConnectionInfo

DeleteData = Annotated[
    bool,
    typer.Option("--delete-data", help="Also delete all that the ledger knows of it, for good."),
]


def connections(as_json: options.Json = False) -> int:
    """List the connections, how far their data goes, and how their last sync ended."""
    with ledger.own() as here:
        known = list(_described(here))
    content = {
        "connections": [c for c in known if c["state"] != "disconnected"],
        "disconnected": [c for c in known if c["state"] == "disconnected"],
    }
    return output.deliver(content, as_json, _draw_list)


def check(name: options.Name, as_json: options.Json = False) -> int:
    """Ask Anthropic whether a connection's key works, and what it will answer."""
    with ledger.own(online=True) as here:
        from core.connections import store
        from core.connections.vault import open_vault

        known = store.get(here.engine, name)
        content: dict[str, Any] = {"connection": known.name, "ok": False}
        try:
            key = store.get_key(here.engine, open_vault(here.settings, here.engine), name)
        except (FixConnection, SecretKeyUnusable) as error:
            content |= {"findings": [error.finding().as_dict()], "error": as_error(error)}
        else:
            result = probing.probe(here, known.kind, key, known.organization_id)
            store.record_check(here.engine, known.name, result)
            content |= {"ok": result.ok, **probing.outcome(result)}
    return output.deliver(content, as_json, _draw_check, 0 if content["ok"] else STOPPED)


def disconnect(
    name: options.Name, delete_data: DeleteData = False, as_json: options.Json = False
) -> int:
    """Erase a connection's key; its history stays unless --delete-data says otherwise."""
    with ledger.own() as here:
        from core.connections import store
        from core.sync.lock import only_one

        known = store.get(here.engine, name)
        with only_one(here.engine):
            store.disconnect(here.engine, known.name, delete_data=delete_data)
    content = {"connection": known.name, "disconnected": True, "data_deleted": delete_data}
    return output.deliver(content, as_json, _draw_disconnected)


def _described(here: ledger.Ledger) -> Iterable[dict[str, Any]]:
    from core.analysis.freshness import freshness
    from core.connections.store import all_connections
    from core.ledger import snapshot

    book = snapshot.book(here.engine, here.settings)
    fresh = {f.connection: f for f in freshness(book, calendar.now())}
    for info in all_connections(here.engine):
        yield _one(here, info, fresh.get(info.name))


def _one(here: ledger.Ledger, info: "ConnectionInfo", fresh: "Freshness | None") -> dict[str, Any]:
    from core.ledger import runs

    last = runs.latest(here.engine, info.id)
    return {
        **info.as_dict(),
        "protocol": info.protocol or None,
        "history_from": _day(fresh.history_from if fresh else info.history_floor),
        "history_to": _day(fresh.data_through if fresh else None),
        "final_through": _day(fresh.final_through if fresh else None),
        "last_sync": last.as_dict() if last else None,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _draw_list(content: output.Document) -> Iterable[RenderableType]:
    rows = [_row(c) for c in (*content["connections"], *content["disconnected"])]
    if not rows:
        yield "Nothing is connected. Connect with `claude-spend connect platform` or `enterprise`."
        return
    columns = ("name", "kind", "state", "organization", "key", "data", "final through", "last sync")
    yield output.table(columns, rows)


def _row(connection: dict[str, Any]) -> tuple[object, ...]:
    last = connection["last_sync"]
    begins, ends = connection["history_from"], connection["history_to"]
    return (
        connection["name"],
        connection["kind"],
        connection["state"],
        connection["organization_name"] or connection["organization_id"] or None,
        connection["key_hint"] or None,
        f"{begins} to {ends}" if ends else None,
        connection["final_through"],
        f"{last['outcome']}, {last['at']}" if last else "never",
    )


def _draw_check(content: output.Document) -> Iterable[RenderableType]:
    yield output.plain(f"{content['connection']}: {'works' if content['ok'] else 'does not work'}.")
    yield from probing.draw(content)


def _draw_disconnected(content: output.Document) -> Iterable[RenderableType]:
    what = "its data was deleted" if content["data_deleted"] else "its history stays"
    yield output.plain(f"{content['connection']}: disconnected, its key was erased, {what}.")
