"""The people of Larkspur Commerce: who they are, which team, when they came and if they left."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from core.demo.chance import tag

_FIRST = """
    Amara Ana Anders Anika Aoife Arjun Asha Bastian Beatriz Ben Camille Carlos Chiara Chloe Daan
    Dana Daniel Deepa Diego Dmitri Eilidh Elena Elias Emeka Emma Esra Fatima Felix Femi Finn
    Francesca Freya Gabriel Grace Hana Hannah Hugo Ibrahim Ines Ingrid Isaac Jamal Jane Jasmin
    Jonas Jun Kaito Karim Katya Kiran Laila Lars Leila Leo Liam Linh Lucia Lukas Mads Maeve
    Malik Marco Maria Mateo Mei Mia Milan Mina Nadia Naoko Nia Nikhil Nora Noah Olga Omar Oscar
    Paolo Petra Priya Rafael Rana Renée Rosa Sam Sana Sarah Selim Sofia Stefan Tariq Theo Tomás
    Uma Viktor Wei Yara Yusuf Zoë
""".split()  # noqa: SIM905 - a list of words reads better than a list of strings
_LAST = """
    Abara Adeyemi Almeida Andersen Arslan Bakker Banerjee Becker Bianchi Brandt Byrne Calder
    Castillo Chen Costa Dahl Das Delgado Doe Duarte Eklund Farouk Fischer Fontaine Fraser Fujita
    Garcia Ghosh Grant Haddad Hansen Hassan Hoffmann Ito Ivanova Jansen Johansson Kaur Keller
    Khan Kim Kowalski Kumar Laurent Lindqvist Lopez MacLeod Mbeki Mehta Meyer Moreau Moretti
    Murphy Nakamura Ndiaye Nguyen Novak O'Brien Okafor Oliveira Olsen Osei Park Patel Pereira
    Petrov Quinn Rahman Reyes Ricci Rossi Saito Santos Schmidt Shah Silva Singh Sokolov Suzuki
    Tanaka Tran Usman Vargas Vogel Walsh Weber Wójcik Yamamoto Yilmaz Zhang
""".split()  # noqa: SIM905 - a list of words reads better than a list of strings

TEAMS: dict[str, int] = {
    "Engineering": 48,
    "Data & Machine Learning": 16,
    "Product": 14,
    "Design": 9,
    "Marketing": 14,
    "Sales": 17,
    "Customer Support": 16,
    "Finance & Legal": 13,
    "People & Operations": 9,
}
"""How many people each team has had, those who left included."""

_LEAVERS: tuple[tuple[int, date, Literal["removed", "erased"]], ...] = (
    (5, date(2026, 3, 13), "removed"),
    (31, date(2026, 5, 29), "removed"),
    (57, date(2026, 6, 19), "erased"),
    (83, date(2026, 8, 7), "removed"),
    (104, date(2026, 9, 4), "removed"),
    (126, date(2026, 10, 16), "erased"),
)
_NAMELESS = (64, 111)
_PRIMARY_OWNER, _OWNERS = 140, (96, 130)


@dataclass(frozen=True, slots=True)
class Person:
    """One person; `gone` says how the account went: removed from the organization, or erased."""

    index: int
    id: str
    name: str | None
    email: str
    team: str
    joined: date
    started: date
    left: date | None
    gone: Literal["removed", "erased"] | None
    slack_id: str
    appetite: float
    role: str

    def present(self, day: date) -> bool:
        """Say whether the person belongs to the organization on a day."""
        return self.joined <= day and (self.left is None or day < self.left)

    def actor(self, today: date) -> dict[str, object]:
        """Return the `user_actor` that the API shows for this person as of `today`."""
        deleted = not self.present(today)
        erased = deleted and self.gone == "erased"
        return {
            "type": "user_actor",
            "user_id": self.id,
            "email_address": None if erased else self.email,
            "name": "Deleted User" if erased else self.name,
            "deleted": deleted,
        }


def _plain(text: str) -> str:
    table = str.maketrans({"é": "e", "ë": "e", "á": "a", "ó": "o", "'": "", " ": ""})
    return text.lower().translate(table)


def _joined(draw: random.Random) -> date:
    if draw.random() < 0.72:
        return date(2024, 2, 1) + timedelta(days=draw.randrange(660))
    return date(2026, 1, 5) + timedelta(days=draw.randrange(285))


def _role(index: int) -> str:
    if index == _PRIMARY_OWNER:
        return "primary_owner"
    return "owner" if index in _OWNERS else "membership_admin" if index == 149 else "user"


def _person(draw: random.Random, index: int, name: str, team: str) -> Person:
    left, gone = next(((day, how) for n, day, how in _LEAVERS if n == index), (None, None))
    settled = left is not None or _role(index) != "user" or (team == "Engineering" and index < 40)
    joined = date(2024, 3, 4) + timedelta(days=index) if settled else _joined(draw)
    rollout = date(2026, 1, 1) + timedelta(days=int(150 * draw.random() ** 3.5))
    return Person(
        index=index,
        id=tag(draw, "user"),
        name=None if index in _NAMELESS else name,
        email=".".join(_plain(part) for part in name.split(" ", 1)) + "@larkspur.example",
        team=team,
        joined=joined,
        started=max(joined, rollout if left is None else date(2026, 1, 1)),
        left=left,
        gone=gone,
        slack_id=f"U0{draw.randrange(10**8):08d}",
        appetite=draw.lognormvariate(-0.2, 0.7),
        role=_role(index),
    )


def staff(seed: int) -> tuple[Person, ...]:
    """Return everybody who ever had a seat, in the order of their index."""
    draw = random.Random(f"staff {seed}")  # noqa: S311 - a simulation, no secret
    names = ["Jane Doe"]
    while len(names) < sum(TEAMS.values()):
        name = f"{draw.choice(_FIRST)} {draw.choice(_LAST)}"
        if name not in names:
            names.append(name)
    teams = [team for team, size in TEAMS.items() for _ in range(size)]
    return tuple(
        _person(draw, n, name, team)
        for n, (name, team) in enumerate(zip(names, teams, strict=True))
    )


@dataclass(frozen=True, slots=True)
class Group:
    """An RBAC group; members are indices of people."""

    id: str
    name: str
    created: date
    source: Literal["direct", "scim"]
    members: tuple[int, ...]


def groups(seed: int, people: tuple[Person, ...]) -> tuple[Group, ...]:
    """Return the groups: one per team (some people in none), and two that cut across teams."""
    draw = random.Random(f"groups {seed}")  # noqa: S311 - a simulation, no secret
    loose = {person.index for person in people if person.index % 19 == 7}
    made = [
        Group(
            tag(draw, "rbac_group"),
            team,
            date(2025, 12, 1),
            "scim",
            tuple(p.index for p in people if p.team == team and p.index not in loose),
        )
        for team in TEAMS
    ]
    pilots = tuple(p.index for p in people if p.index % 5 == 0 and p.index not in loose)
    leads = tuple(p.index for p in people if p.index % 12 == 3 and p.index not in loose)
    day = date(2026, 2, 9)
    made.append(Group(tag(draw, "rbac_group"), "Claude Code pilots", day, "direct", pilots))
    made.append(Group(tag(draw, "rbac_group"), "Leads", day, "direct", leads))
    return tuple(made)
