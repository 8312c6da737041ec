"""How the simulated API behaves; every field may be changed while it serves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from core.demo.credentials import Side

FaultKind = Literal["answer", "html", "truncate", "cut", "reset", "drip", "edit"]


@dataclass
class Fault:
    """One scripted failure: the `nth` request to a path, and `times - 1` more, go wrong.

    `path` is a whole path, or ends in `*` for everything that begins with it. `query` must be part
    of the decoded query string. Kinds: `answer` sends `status`, `headers` and `body` (a dict
    becomes JSON; none becomes the documented error of the status); `html` is a proxy's sign-in
    page; `truncate` sends the true answer's first half as if it were all; `cut` drops the
    connection in the middle of the true answer; `reset` drops it before any answer; `drip` sends
    the true answer in small pieces, `every` seconds apart; `edit` sends a true answer of status 200
    as the function `edit` leaves it. `delay` seconds pass first.
    """

    path: str = "*"
    nth: int = 1
    times: int = 1
    kind: FaultKind = "answer"
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str | dict[str, object] | None = None
    query: str = ""
    delay: float = 0.0
    every: float = 0.05
    edit: Callable[[bytes], bytes] | None = None
    seen: int = 0

    def strikes(self, path: str, query: str) -> bool:
        """Count a request and say whether it goes wrong."""
        prefix = self.path.removesuffix("*")
        same = path.startswith(prefix) if self.path.endswith("*") else path == self.path
        if not same or self.query not in query:
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


@dataclass(frozen=True)
class Seen:
    """One request as it arrived, and the status it got (0: the connection was dropped)."""

    path: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    status: int
    at: float


@dataclass
class Behaviour:
    """Every knob of the simulated API.

    `platform_unified`, `enterprise_unified`: whether a side has the Usage and Cost Analytics API;
    without it, it answers `unified_refusal` (400, 403 or 404). `analytics_scopes` replaces the
    scopes of the analytics key. `overlap` is the share of the Console's workspaces whose usage
    the Enterprise key reports too. `group_cap` is how many groups a bucket of the Enterprise
    reports holds at most. `restate` multiplies the figures of days, as a revision by Anthropic
    would, for the keys of the sides in `restate_seen_by`. `data_refreshed_at` fixes the watermark;
    `moving_watermark` moves it on by a minute with every answer. `per_minute` requests pass in
    `window_seconds`, others get 429 with `retry-after` (the seconds to wait, or this text).
    `clock` replaces the simulated time.
    """

    platform_unified: bool = True
    enterprise_unified: bool = True
    unified_refusal: int = 400
    analytics_enabled: bool = True
    enterprise_plan: bool = True
    organization_kind: Literal["organization", "individual"] = "organization"
    analytics_scopes: tuple[str, ...] | None = None
    ordinary_key_status: Literal[401, 403] = 401
    overlap: float = 1.0
    group_cap: int = 100
    restate: dict[date, Fraction] = field(default_factory=dict)
    restate_seen_by: tuple[Side, ...] = ("platform", "enterprise")
    data_refreshed_at: datetime | None = None
    moving_watermark: bool = False
    per_minute: int | None = None
    window_seconds: float = 60.0
    retry_after: str | None = None
    generation: int = 0
    faults: list[Fault] = field(default_factory=list)
    requests: list[Seen] = field(default_factory=list)
    clock: Callable[[], datetime] | None = None

    def refresh(self) -> None:
        """Export the data anew: every cursor given out so far expires."""
        self.generation += 1

    def fault(self, path: str, query: str) -> Fault | None:
        """Return the fault that a request meets; every fault that knows its path counts it."""
        struck = [fault for fault in self.faults if fault.strikes(path, query)]
        return struck[0] if struck else None
