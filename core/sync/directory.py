"""What ids are called: the source's directories, and the people that its rows name."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from core.anthropic import enterprise, platform
from core.anthropic.directory import ApiKey, RbacGroup, User, Workspace
from core.anthropic.transport import Client
from core.connections.store import ConnectionInfo
from core.errors import Finding, KeyInvalid, NotUnderstood, SpendError
from core.ledger.names import MEMBERS, NameRow, read_names, replace_names
from core.sync import limits
from core.sync.reading import Person
from core.sync.report import ConnectionReport

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Directory:
    """What the directories say that rows need."""

    default_workspace: str | None = None


def read(
    engine: Engine,
    client: Client,
    connection: ConnectionInfo,
    report: ConnectionReport,
    moment: datetime,
) -> Directory:
    """Refresh the names of a connection; one that is refused is a finding, never a failed sync.

    Raises KeyInvalid and what passes by itself (TryLater): then the sync cannot go on.
    """
    keep = _Keeper(engine, connection, report, moment)
    if connection.kind == "enterprise":
        keep.names("user", "members", lambda: _people(enterprise.members(client)))
        keep.names("group", "groups", lambda: _groups(client))
        limits.read(engine, client, connection, report, moment)
        return Directory()
    spaces: list[Workspace] = []

    def workspaces() -> Iterable[NameRow]:
        spaces.extend(platform.workspaces(client))
        return map(_workspace, spaces)

    keep.names("workspace", "workspaces", workspaces)
    keep.names("api_key", "API keys", lambda: map(_key, platform.api_keys(client)))
    keep.names("user", "members", lambda: _people(platform.users(client)))
    defaults = [space.id for space in spaces if space.is_default]
    return Directory(defaults[0] if len(defaults) == 1 else None)


@dataclass
class _Keeper:
    engine: Engine
    connection: ConnectionInfo
    report: ConnectionReport
    moment: datetime

    def names(self, kind: str, what: str, ask: Callable[[], Iterable[NameRow]]) -> None:
        try:
            found = {row.id: row for row in ask()}
        except KeyInvalid:
            raise
        except (NotUnderstood, SpendError) as error:
            if error.http_status not in {400, 403, 404}:
                raise
            self._say(what, error)
            return
        # Names that rows gave stay beside the directory's: it lists present members only.
        rows = {**_known(self.engine, self.connection.id, kind, keep=kind == "user"), **found}
        replace_names(self.engine, self.connection.id, kind, rows.values(), self.moment)

    def _say(self, what: str, error: SpendError) -> None:
        optional = self.connection.kind == "enterprise"
        self.report.note(
            Finding(
                "names_not_answered",
                "info" if optional else "warning",
                f"The names of {what} could not be read.",
                error.cause,
                "Figures are complete; ids stand where names are missing. "
                + ("A key that also has the scopes read:members and read:rbac_groups gives them."
                   if optional else "Use an Admin key to see them."),
                error.http_status,
                error.request_id,
            )
        )  # fmt: skip


def remember_people(
    engine: Engine, connection: ConnectionInfo, people: dict[str, Person], moment: datetime
) -> None:
    """Keep the names that cost and usage rows give of their users, beside those known."""
    if not people:
        return
    rows = _known(engine, connection.id, "user", keep=True)
    for identity, person in people.items():
        known = rows.get(identity)
        state = "deleted" if person.deleted else (known.state if known else "active")
        details = known.details if known else {}
        rows[identity] = NameRow(identity, person.name, person.email, state, details)
    replace_names(engine, connection.id, "user", rows.values(), moment)


def _known(engine: Engine, connection_id: int, kind: str, *, keep: bool) -> dict[str, NameRow]:
    if not keep:
        return {}
    every = read_names(engine)
    return {key[2]: row for key, row in every.items() if key[:2] == (connection_id, kind)}


def _workspace(space: Workspace) -> NameRow:
    state = "archived" if space.archived_at else "active"
    details = {"default": space.is_default, "color": space.display_color, "tags": space.tags}
    return NameRow(space.id, space.name, "", state, details)


def _key(key: ApiKey) -> NameRow:
    expires = key.expires_at.isoformat() if key.expires_at else None
    details = {"hint": key.partial_key_hint, "workspace": key.workspace_id, "expires": expires}
    return NameRow(key.id, key.name, "", key.status, details)


def _people(users: list[User]) -> list[NameRow]:
    return [NameRow(u.id, u.name or "", u.email, "active", {"role": u.role}) for u in users]


def _groups(client: Client) -> list[NameRow]:
    """Return the groups with the ids of their present members; one request more for each."""
    return [
        NameRow(g.id, g.name, "", "active", {"source": g.source_type, MEMBERS: _members(client, g)})
        for g in enterprise.groups(client)
    ]


def _members(client: Client, group: RbacGroup) -> list[str]:
    return sorted({member.user_id for member in enterprise.group_members(client, group.id)})
