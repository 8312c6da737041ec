"""`claude-spend connect` and `rotate`: a key comes in, is checked, and only then is kept."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import RenderableType

from core.cli import ledger, options, output, probing
from core.cli.keys import VARIABLES, read_key

if TYPE_CHECKING:
    from core.connections.result import CheckResult
    from core.connections.store import ConnectionInfo

app = typer.Typer(
    no_args_is_help=True,
    help="Connect Anthropic (Platform) or Anthropic Enterprise; the key is checked first.",
)

OrganizationId = Annotated[
    str,
    typer.Option(
        "--organization-id", metavar="ID", help="From the Claude Console: Settings, Organization."
    ),
]
NoCheck = Annotated[
    bool, typer.Option("--no-check", help="Keep the key without asking Anthropic about it.")
]
_KEY_HELP = "The key comes from {} or else from the first line of standard input."


@app.command("platform", epilog=_KEY_HELP.format(VARIABLES["platform"]))
def platform(
    name: options.Name,
    organization_id: OrganizationId,
    no_check: NoCheck = False,
    as_json: options.Json = False,
) -> int:
    """Connect the Claude Console's organization by an Admin API key."""
    return _connect("platform", name, organization_id, not no_check, as_json)


@app.command("enterprise", epilog=_KEY_HELP.format(VARIABLES["enterprise"]))
def enterprise(name: options.Name, no_check: NoCheck = False, as_json: options.Json = False) -> int:
    """Connect the Enterprise plan's organization by an analytics key."""
    return _connect("enterprise", name, "", not no_check, as_json)


def rotate(name: options.Name, no_check: NoCheck = False, as_json: options.Json = False) -> int:
    """Give a connection a new key; its history stays. The key is read as in `connect`."""
    with ledger.own(online=True) as here:
        from core.connections import store
        from core.connections.vault import open_vault

        known = store.get(here.engine, name)
        key = read_key(known.kind)
        result = None
        if not no_check:
            result = probing.probe(here, known.kind, key, known.organization_id)
            probing.must_pass(result)
        vault = open_vault(here.settings, here.engine)
        info = store.rotate(here.engine, vault, known.name, key, result=result)
    return output.deliver(_document(info, result), as_json, _draw)


def _connect(
    kind: Literal["platform", "enterprise"],
    name: str,
    organization_id: str,
    checked: bool,
    as_json: bool,
) -> int:
    with ledger.own(online=True) as here:
        from core.connections import store
        from core.connections.vault import open_vault

        _must_be_free(here, name, kind, organization_id)
        key = read_key(kind)
        result = None
        if checked:
            result = probing.probe(here, kind, key, organization_id)
            probing.must_pass(result)
        info = store.add(
            here.engine,
            open_vault(here.settings, here.engine),
            name,
            kind,
            key,
            organization_id=organization_id,
            organization_name=result.organization_name if result else "",
            result=result,
        )
        content = _document(info, result)
    return output.deliver(content, as_json, _draw)


def _must_be_free(
    here: ledger.Ledger, name: str, kind: Literal["platform", "enterprise"], organization_id: str
) -> None:
    """Refuse a name that is taken before anybody is asked for a key; raises BadValue."""
    from core.connections import rows
    from core.connections.naming import valid_name
    from core.ledger.engine import reading

    with reading(here.engine) as session:
        row = rows.find(session, valid_name(name))
        if row is not None:
            rows.refuse_taken(row, kind, organization_id)


def _document(info: "ConnectionInfo", result: "CheckResult | None") -> dict[str, Any]:
    content: dict[str, Any] = {"connection": info.as_dict()}
    return {**content, **probing.outcome(result)} if result else content


def _draw(content: output.Document) -> Iterable[RenderableType]:
    made = content["connection"]
    organization = made["organization_name"] or made["organization_id"] or "organization unknown"
    yield output.plain(
        f"{made['name']}: {probing.TITLES[made['kind']]}, {organization}, key {made['key_hint']}, "
        f"state {made['state']}."
    )
    if "findings" in content:
        yield from probing.draw(content)
    yield "Next: claude-spend sync"
