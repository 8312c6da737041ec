"""Figures and days as people read them; integers in, text out."""

import re
from datetime import UTC, date, datetime, timedelta
from unicodedata import bidirectional, category

from core import money
from core.analysis.query import COLUMN

TITLES = {
    "day": "Day", "week": "Week", "month": "Month", "connection": "Connection",
    "source": "Source", "organization": "Organization", "protocol": "Protocol",
    "workspace": "Workspace", "api_key": "API key", "user": "User", "team": "Team",
    "service_account": "Service account", "actor_type": "Actor type", "product": "Product",
    "model": "Model", "operation": "Operation", "token_type": "Token type",
    "cost_type": "Cost type", "service_tier": "Service tier",
    "context_window": "Context window", "inference_geo": "Inference geo", "speed": "Speed",
    "description": "Description", "basis": "Basis",
    "cost": "Cost", "list_cost": "List cost", "tokens": "Tokens", "requests": "Requests",
    "web_searches": "Web searches", "counted_once": "Counted once", "reported": "As reported",
}  # fmt: skip
"""The ledger's words as people read them."""

WORDS = {
    "platform": "Platform", "enterprise": "Enterprise", "messages_api": "Messages API",
    "message_batches_api": "Batches API", "claude_console": "Claude Console",
    "managed_agents_api": "Managed Agents", "chat": "Chat", "claude_code": "Claude Code",
    "cowork": "Cowork", "office_agent": "Office Agent", "claude_in_chrome": "Claude in Chrome",
    "claude_design": "Claude Design", "claude_tag": "Claude in Slack",
    "chat_cowork_unified": "Chat and Cowork", "cc_security_autopatch": "Claude Security",
    "uncached_input_tokens": "Input", "output_tokens": "Output",
    "cache_read_input_tokens": "Cache read",
    "cache_creation.ephemeral_5m_input_tokens": "Cache write, 5 min",
    "cache_creation.ephemeral_1h_input_tokens": "Cache write, 1 h",
}  # fmt: skip
"""Values of the API that have a name in Anthropic's own products."""

OPERATIONS = {
    "input": "Input", "output": "Output", "cache_read": "Cache read",
    "cache_write_5m": "Cache write, 5 min", "cache_write_1h": "Cache write, 1 h",
    "web_search": "Web search", "code_execution": "Code execution", "session": "Session",
    "other": "Other operation",
}  # fmt: skip


def title(word: str) -> str:
    """Return a dimension's or measure's title."""
    return TITLES.get(word, word.replace("_", " ").capitalize())


def is_money(measure: str) -> bool:
    """Say whether a measure is money."""
    return COLUMN[measure][0] == "cost"


def figure(value: int, measure: str = "cost") -> str:
    """Return a figure in full: `$1,234.56`, `1,234 tokens` without the word."""
    return money.label(value) if is_money(measure) else f"{value:,}"


def short(value: int, measure: str = "cost") -> str:
    """Return a figure for a headline: `$1.23M`, `4.5B`; rounded, so never to be added."""
    if not is_money(measure):
        return _scaled(value, 1, "")
    if abs(value) < 100_000 * money.UNITS_PER_DOLLAR:
        return money.label(value, 2 if abs(value) < 10_000 * money.UNITS_PER_DOLLAR else 0)
    return _scaled(value, money.UNITS_PER_DOLLAR, "$")


def _scaled(value: int, unit: int, sign: str) -> str:
    minus = "-" if value < 0 else ""
    for size, suffix in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k")):
        if abs(value) >= size * unit:
            hundredths = (abs(value) * 100 + size * unit // 2) // (size * unit)
            return f"{minus}{sign}{hundredths // 100}.{hundredths % 100:02d}{suffix}"
    return f"{minus}{sign}{abs(value) // unit:,}"


def exact(value: int, measure: str = "cost") -> str:
    """Return a figure to its last digit."""
    if not is_money(measure):
        return f"{value:,}"
    whole, _, fraction = money.dollars(abs(value)).partition(".")
    return f"{'-' if value < 0 else ''}${int(whole):,}.{fraction}"


def change(now: int, before: int) -> str | None:
    """Return a change in percent, `+4.2%`; None where there was nothing before."""
    if before == 0:
        return None
    tenths = (abs(now - before) * 1000 + abs(before) // 2) // abs(before)
    return f"{'-' if now < before else '+'}{tenths // 10}.{tenths % 10}%"


def share(part: int, whole: int) -> str:
    """Return a share in percent, `12.3%`."""
    if whole == 0:
        return "–"  # noqa: RUF001
    tenths = (abs(part) * 1000 + abs(whole) // 2) // abs(whole)
    return f"{'-' if (part < 0) != (whole < 0) and part else ''}{tenths // 10}.{tenths % 10}%"


def day(value: date | None) -> str:
    """Return a day as `24 Oct 2026`."""
    return f"{value.day} {value:%b %Y}" if value else "never"


def days(first: date, end: date) -> str:
    """Return a half-open span as its first and last day."""
    last = end - timedelta(days=1)
    return day(first) if last <= first else f"{day(first)} to {day(last)}"


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago a moment was, in words."""
    if moment is None:
        return "never"
    minutes = int((now - moment.astimezone(UTC)).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // 1440} days ago"


def value(dim: str, text: str | None) -> str:
    """Return a dimension's value as people read it; ids and unknown words stay as they are."""
    if text is None:
        return "none"
    return (OPERATIONS if dim == "operation" else WORDS).get(text, text)


def commands(text: str) -> str:
    """Return a sentence of this project's own as `plain` does, its `commands` as code.

    It may hold a name that somebody chose: backticks that do not come in pairs, or that stand
    together, are taken for text.
    """
    parts = text.split("`")
    if len(parts) % 2 == 0 or "``" in text:
        return plain(text)
    return "`".join(part if n % 2 else _escaped(part) for n, part in enumerate(parts))


def plain(text: str) -> str:
    r"""Return a text from the API so that Markdown shows it as it is, on one line.

    What Markdown's reader would still make of it (links of bare addresses, icons, arrows) is kept
    apart by a character without width. Characters that nobody sees and that turn what stands
    around them are shown as `\ufffd`; a name that is written from right to left turns itself only.
    """
    return _escaped(text.strip())


def _escaped(text: str) -> str:
    line = _SPACE.sub(" ", text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
    seen = "".join("\ufffd" if c in _TURNING or category(c) == "Cc" else c for c in line)
    apart = _MADE.sub("\u2060", seen)
    escaped = "".join(f"\\{c}" if c in r"\`*_{}[]()<>#+-.!|$:~&^=" else c for c in apart)
    if any(bidirectional(c) in {"R", "AL"} for c in line):
        return f"\u2068{escaped}\u2069"
    return escaped


LONGEST = 2000
"""Characters of a text that are shown; this project's own are never half as many."""

_SPACE = re.compile(r"\s+")
_MADE = re.compile(
    r"(?<=:)(?=//|material[/_]|streamlit:)|(?<=[wW]{3})(?=\.)|(?<=[-<>~])(?=[->=](?:\s|$))"
)
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
