"""A stream is one steady source of usage: who, from where, on which kind of model, how much."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

import polars as pl

PROFILES: dict[str, tuple[float, float, float, float, float, float]] = {
    "chat": (0.36, 0.10, 0.09, 0.0, 0.45, 0.030),
    "agent": (0.06, 0.42, 0.22, 0.05, 0.25, 0.070),
    "service": (0.30, 0.20, 0.12, 0.03, 0.35, 0.008),
    "batch": (0.58, 0.0, 0.07, 0.0, 0.35, 0.004),
}
"""Shares of the list cost by token type (as in `shape.TOKEN_TYPES`), then dollars per request."""

BEGINNING = date(2024, 1, 1)
NEVER = date(2999, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One source of usage; `dollars` is its list cost on a usual busy day at full size.

    `role` names the kind of model (None: no tokens). `chance` is how often it is active on a
    weekday. `lag` days pass after a launch before it moves to a new model. `ramp` days after
    `starts` it has its full size. Minutes and `searches` (per 100 requests) are per busy day.
    """

    side: str
    dollars: float
    role: str | None = "mid"
    profile: str = "service"
    rhythm: str = "office"
    chance: float = 1.0
    volatility: float = 0.2
    lag: int = 14
    starts: date = BEGINNING
    ends: date = NEVER
    ramp: int = 0
    billed: bool = True
    searches: float = 0.0
    code_minutes: int = 0
    session_minutes: int = 0
    leak: bool = False
    workspace_id: str | None = None
    api_key_id: str | None = None
    actor: str | None = None
    actor_type: str | None = None
    product: str | None = None
    service_tier: str | None = None
    context_window: str | None = "0-200k"
    inference_geo: str | None = "global"
    speed: str | None = "standard"
    agent_id: str | None = None
    deployment_id: str | None = None
    environment_id: str | None = None
    slack_channel_id: str | None = None
    claude_tag_category: str | None = None
    claude_tag_user_id: str | None = None
    account_id: str | None = None
    service_account_id: str | None = None
    terminal: str | None = None
    remote: bool = False


def table(streams: Iterable[Stream], first_index: int) -> pl.DataFrame:
    """Return streams as rows; `index` numbers them and is what their chance hangs on."""
    rows = [asdict(stream) for stream in streams]
    texts = [name for name, kind in Stream.__annotations__.items() if kind == str | None]
    frame = pl.DataFrame(rows, schema_overrides=dict.fromkeys(texts, pl.String))
    return frame.with_row_index("index", first_index).with_columns(
        pl.col("index").cast(pl.UInt64), pl.col("dollars").cast(pl.Float64)
    )
