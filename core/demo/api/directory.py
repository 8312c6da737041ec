"""Who and what an organization holds: organization, workspaces, API keys, users, accounts."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from core.calendar import midnight, zulu
from core.demo.api.call import Call, encode
from core.demo.api.query import Query
from core.demo.api.refusals import bad, not_found
from core.demo.estate import CODE_KEY_OWNERS, CODE_OAUTH_USERS, WORKBENCH_USERS, Key, Workspace
from core.demo.people import Person

_KEY_STATUSES = ("active", "archived", "expired", "inactive")
_Row = dict[str, object]


def stamp(day: date, salt: str) -> str:
    """Return a moment within a day, always the same for the same thing."""
    seconds = sum(map(ord, salt)) * 137 % 36_000
    return zulu(midnight(day) + timedelta(hours=8) + timedelta(seconds=seconds))


def by_id(call: Call, rows: Sequence[_Row]) -> bytes:
    """Return a page of the `after_id`/`before_id` scheme."""
    query = call.query
    limit = query.number("limit", 20, 1000)
    ids = [str(row["id"]) for row in rows]
    after, before = query.one("after_id"), query.one("before_id")
    if after is not None:
        first = _position(ids, after, "after_id") + 1
        chosen, more = rows[first : first + limit], first + limit < len(rows)
    elif before is not None:
        last = _position(ids, before, "before_id")
        chosen, more = rows[max(0, last - limit) : last], last > limit
    else:
        chosen, more = rows[:limit], limit < len(rows)
    edges = {
        "first_id": chosen[0]["id"] if chosen else None,
        "last_id": chosen[-1]["id"] if chosen else None,
    }
    return encode({"data": list(chosen), "has_more": more, **edges})


def _position(ids: list[str], wanted: str, name: str) -> int:
    if wanted not in ids:
        raise bad(f"{name}: no such object.")
    return ids.index(wanted)


def one(call: Call, rows: Sequence[_Row], name: str) -> bytes:
    """Return the object that the path names; 404 for an unknown one."""
    found = next((row for row in rows if row["id"] == call.place[name]), None)
    if found is None:
        raise not_found()
    return encode(found)


def me(call: Call) -> bytes:
    """Answer `GET /v1/organizations/me`."""
    organisation = call.organisation
    return encode(
        {"id": organisation.platform_id, "name": organisation.name, "type": "organization"}
    )


def _workspace(workspace: Workspace, today: date) -> _Row:
    archived = workspace.archived
    gone = archived is not None and archived <= today
    tags = {"cost-centre": workspace.cost_centre} if workspace.cost_centre else {}
    geo = workspace.geo
    return {
        "id": workspace.id,
        "name": workspace.name,
        "display_color": workspace.color,
        "created_at": stamp(workspace.created, workspace.id),
        "archived_at": stamp(archived, workspace.id) if gone and archived else None,
        "tags": tags,
        "data_residency": {
            "allowed_inference_geos": "unrestricted" if geo == "global" else [geo],
            "default_inference_geo": geo,
            "workspace_geo": "us",
        },
        "compartment_id": workspace.compartment,
        "external_key_id": None,
        "type": "workspace",
    }


def _workspaces(call: Call, query: Query) -> list[_Row]:
    organisation = call.organisation
    default = organisation.default_workspace
    wanted = query.many("ids")
    rows = [
        _workspace(workspace, organisation.today)
        for workspace in organisation.estate.workspaces
        if workspace.created < organisation.today
    ]
    return [
        row
        for row in rows
        if (query.flag("include_archived") or row["archived_at"] is None)
        and (query.flag("include_default") or row["id"] != default)
        and (not wanted or row["id"] in wanted)
    ]


def workspaces(call: Call) -> bytes:
    """Answer `GET /v1/organizations/workspaces`; archived and default ones only when asked."""
    return by_id(call, _workspaces(call, call.query))


def workspace(call: Call) -> bytes:
    """Answer `GET /v1/organizations/workspaces/{workspace_id}`."""
    everything = Query([("include_archived", "true"), ("include_default", "true")])
    return one(call, _workspaces(call, everything), "workspace_id")


def _principal(key: Key, *, modern: bool) -> _Row | None:
    if key.owner is not None:
        plain: _Row = {"id": key.owner, "type": "user"}
        return {"type": "user_actor", "user_id": key.owner} if modern else plain
    if key.service_account is not None:
        account = key.service_account
        plain = {"id": account, "type": "service_account"}
        typed: _Row = {"type": "service_account_actor", "service_account_id": account}
        return typed if modern else plain
    return None


def _placement(call: Call, key: Key) -> _Row:
    """Return where a key belongs, as the asked version says it."""
    if not call.modern:
        default = call.organisation.default_workspace
        nowhere = key.organization_scope or key.workspace_id == default
        return {"workspace_id": None if nowhere else key.workspace_id}
    if key.organization_scope:
        return {"scope": {"type": "organization"}}
    return {"scope": {"type": "workspace", "workspace_id": key.workspace_id}}


def _key(call: Call, key: Key) -> _Row:
    expires = key.end[1] if key.end and key.end[0] == "expired" else None
    return {
        "id": key.id,
        "name": key.name,
        "partial_key_hint": key.hint,
        "status": key.status(call.organisation.today),
        "created_at": stamp(key.created, key.id),
        "expires_at": None if expires is None else stamp(expires, key.id),
        "created_by": {"id": key.creator, "type": "user"},
        "principal": _principal(key, modern=call.modern),
        "type": "api_key",
        **_placement(call, key),
    }


def _keys(call: Call, keep: Callable[[Key], bool]) -> list[_Row]:
    organisation = call.organisation
    held = organisation.estate.keys
    return [_key(call, key) for key in held if key.created < organisation.today and keep(key)]


def api_keys(call: Call) -> bytes:
    """Answer `GET /v1/organizations/api_keys`; without `status`, keys of every status."""
    query = call.query
    today = call.organisation.today
    status = query.choice("status", _KEY_STATUSES, "any") if query.one("status") else None
    where, creator = query.one("workspace_id"), query.one("created_by_user_id")
    return by_id(
        call,
        _keys(
            call,
            lambda key: (
                status in (None, key.status(today))
                and where in (None, key.workspace_id)
                and creator in (None, key.creator)
            ),
        ),
    )


def api_key(call: Call) -> bytes:
    """Answer `GET /v1/organizations/api_keys/{api_key_id}`."""
    return one(call, _keys(call, lambda _: True), "api_key_id")


def _console_role(person: Person) -> str | None:
    """Return a person's role in the Console organization, None for those who are not in it."""
    if person.index in (0, 9):
        return "admin"
    if person.team == "Finance & Legal" and person.index % 6 == 0:
        return "billing"
    if person.index in {*CODE_KEY_OWNERS, *CODE_OAUTH_USERS}:
        return "claude_code_user" if person.index % 2 else "developer"
    coder = person.team in {"Engineering", "Data & Machine Learning"} and person.index % 2 == 0
    return "developer" if coder or person.index in WORKBENCH_USERS else None


def _users(call: Call) -> list[_Row]:
    """Return the current members of the organization that the key belongs to."""
    seats = call.credential.side == "enterprise"
    return [
        {
            "id": person.id,
            "email": person.email,
            "name": person.name or "",
            "role": role,
            "added_at": stamp(person.joined, person.id),
            "type": "user",
        }
        for person in call.organisation.people
        if person.present(call.organisation.today)
        and (role := person.role if seats else _console_role(person)) is not None
    ]


def users(call: Call) -> bytes:
    """Answer `GET /v1/organizations/users`."""
    email, roles = call.query.one("email"), call.query.many("roles")
    rows = [
        row
        for row in _users(call)
        if email in (None, row["email"]) and (not roles or row["role"] in roles)
    ]
    return by_id(call, rows)


def user(call: Call) -> bytes:
    """Answer `GET /v1/organizations/users/{user_id}`."""
    return one(call, _users(call), "user_id")


def service_accounts(call: Call) -> bytes:
    """Answer `GET /v1/organizations/service_accounts`, for OAuth tokens with `org:admin` only."""
    made = date(2026, 1, 12)
    rows = [
        {
            "id": account,
            "name": name,
            "description": None,
            "organization_role": "developer",
            "created_at": stamp(made, account),
            "updated_at": stamp(made, account),
            "archived_at": None,
            "type": "service_account",
        }
        for name, account in call.organisation.estate.service_accounts.items()
    ]
    return encode({"data": rows, "next_page": None})
