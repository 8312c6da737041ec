"""The seats' streams: people in Claude's products, and what belongs to nobody in particular."""

import random
from datetime import date
from typing import Any

from core.demo.people import Person
from core.demo.streams import NEVER, Stream

SECURITY_ACTOR = "user_01ClaudeSecurityService"
"""The system account under which Claude Security's work shows among users."""

UNIFIED_START = date(2026, 10, 20)
"""Marketing has Chat and Cowork unified from this day: their use leaves chat and cowork."""

_UNIFIED_TEAM = "Marketing"
_OPENED = date(2026, 1, 1)

# product: (chance on a weekday, dollars on an active day, role, profile)
_Habit = tuple[float, float, str, str]
_HABITS: dict[str, dict[str, _Habit]] = {
    "Engineering": {
        "claude_code": (0.66, 77.0, "large", "agent"),
        "chat": (0.22, 9.0, "mid", "chat"),
        "cowork": (0.04, 24.0, "mid", "agent"),
    },
    "Data & Machine Learning": {
        "claude_code": (0.45, 60.5, "large", "agent"),
        "chat": (0.34, 10.2, "large", "chat"),
        "cowork": (0.10, 27.0, "mid", "agent"),
    },
    "Product": {
        "chat": (0.48, 12.0, "mid", "chat"),
        "cowork": (0.18, 36.0, "large", "agent"),
        "claude_design": (0.10, 27.0, "large", "agent"),
        "claude_code": (0.08, 33.0, "large", "agent"),
    },
    "Design": {
        "claude_design": (0.42, 42.0, "large", "agent"),
        "chat": (0.30, 9.0, "mid", "chat"),
    },
    "Marketing": {
        "chat": (0.48, 12.6, "mid", "chat"),
        "cowork": (0.22, 33.0, "mid", "agent"),
        "claude_in_chrome": (0.18, 21.0, "mid", "agent"),
    },
    "Sales": {
        "chat": (0.40, 9.6, "mid", "chat"),
        "claude_in_chrome": (0.20, 22.5, "mid", "agent"),
        "office_agent": (0.16, 18.0, "mid", "service"),
    },
    "Customer Support": {
        "chat": (0.42, 7.8, "small", "chat"),
        "claude_in_chrome": (0.14, 18.0, "mid", "agent"),
    },
    "Finance & Legal": {
        "office_agent": (0.40, 24.0, "mid", "service"),
        "chat": (0.34, 13.5, "large", "chat"),
        "cowork": (0.10, 30.0, "mid", "agent"),
    },
    "People & Operations": {
        "chat": (0.38, 9.0, "mid", "chat"),
        "office_agent": (0.20, 15.0, "mid", "service"),
    },
}


def _seat(person: Person, product: str, habit: _Habit, **other: Any) -> Stream:
    chance, dollars, role, profile = habit
    values: dict[str, Any] = {
        "role": role, "dollars": dollars * person.appetite, "chance": chance,
        "starts": max(person.started, _OPENED), "ends": person.left or NEVER, "lag": 1,
        "searches": 8.0 if product in {"chat", "claude_in_chrome"} else 0.0, **other,
    }  # fmt: skip
    return Stream(
        side="enterprise", product=product, profile=profile, volatility=0.55,
        actor=person.id, actor_type="user_actor", **values,
    )  # fmt: skip


def _unified(person: Person, product: str, habit: _Habit) -> list[Stream]:
    """Return a habit that moves to the unified product on the day the team gets it."""
    last = min(person.left or NEVER, UNIFIED_START)
    after = max(person.started, UNIFIED_START)
    return [
        _seat(person, product, habit, ends=last),
        _seat(person, "chat_cowork_unified", habit, starts=after),
    ]


def _extras(person: Person) -> list[Stream]:
    """Return the helper model, long context and fast mode of those who write code all day."""
    small = (0.24, 3.0, "small", "agent")
    made = [_seat(person, "claude_code", small)]
    if person.index % 6 == 1:
        long = (0.25, 38.0, "large", "agent")
        made.append(_seat(person, "claude_code", long, context_window="200k-1M"))
    if person.index % 11 == 4:
        made.append(_seat(person, "claude_code", (0.3, 45.0, "large", "agent"), speed="fast"))
    return made


def _habits(person: Person) -> list[Stream]:
    made: list[Stream] = []
    for product, habit in _HABITS[person.team].items():
        if person.team == _UNIFIED_TEAM and product in {"chat", "cowork"}:
            made += _unified(person, product, habit)
        else:
            made.append(_seat(person, product, habit))
    if person.team == "Engineering":
        made += _extras(person)
    if person.index % 8 == 2:
        made.append(_message(person))
    if person.team in {"Data & Machine Learning", "Finance & Legal"} and person.index % 4 == 1:
        made.append(_sandbox(person))
    return made


def _message(person: Person) -> Stream:
    habit = (0.22, 1.6, "mid", "chat")
    return _seat(
        person, "claude_tag", habit, claude_tag_category="dm", claude_tag_user_id=person.slack_id
    )


def _sandbox(person: Person) -> Stream:
    """Return code execution in a person's chats: cost without product, model or tokens."""
    nothing: dict[str, Any] = {
        "context_window": None,
        "inference_geo": None,
        "speed": None,
        "product": None,
    }
    return Stream(
        side="enterprise", dollars=0, role=None, chance=0.35, code_minutes=160, volatility=0.5,
        actor=person.id, actor_type="user_actor", starts=max(person.started, _OPENED),
        ends=person.left or NEVER, **nothing,
    )  # fmt: skip


def _nobody(seed: int) -> list[Stream]:
    draw = random.Random(f"channels {seed}")  # noqa: S311 - a simulation, no secret
    channels = [f"C0{draw.randrange(10**8):08d}" for _ in range(5)]
    plan = (
        (0, "engaged", 26.0), (0, "monitoring", 14.0), (1, "engaged", 18.0),
        (2, "proactive", 12.0), (3, "scheduled", 9.0), (4, "engaged", 11.0),
    )  # fmt: skip
    tagged = [
        Stream(
            side="enterprise", product="claude_tag", dollars=dollars, profile="chat", chance=0.8,
            role="mid", slack_channel_id=channels[n], claude_tag_category=category,
            starts=date(2026, 3, 30), lag=1, volatility=0.4,
        )
        for n, category, dollars in plan
    ]  # fmt: skip
    review = Stream(
        side="enterprise", product="claude_code", dollars=240, role="large", profile="agent",
        starts=date(2026, 2, 16), lag=1, volatility=0.3,
    )  # fmt: skip
    security = Stream(
        side="enterprise", product="cc_security_autopatch", dollars=90, role="large",
        profile="agent", chance=0.3, actor=SECURITY_ACTOR, actor_type="user_actor",
        starts=date(2026, 9, 8), lag=1,
    )  # fmt: skip
    other = Stream(
        side="enterprise", product="other", dollars=5, role="small", profile="chat", chance=0.6,
        starts=_OPENED, lag=1,
    )  # fmt: skip
    return [*tagged, review, security, other]


def streams(seed: int, people: tuple[Person, ...]) -> list[Stream]:
    """Return every stream of the claude.ai organization."""
    return [stream for person in people for stream in _habits(person)] + _nobody(seed)
