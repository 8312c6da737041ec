"""An alert as each receiver wants it: Slack blocks, a Teams card, signed JSON of our own.

Names in an alert come from outside. They stand in fields that are shown as plain text, so that
none of them can mention a channel, make a link or format anything; nor turn what stands around it.
"""

import hashlib
import hmac
import json
from typing import Any

from core.analysis import receipt_seal
from core.calendar import zulu
from core.money import dollars, label
from core.watch.alerts.alert import Alert, Standing

TIMESTAMP, SIGNATURE = "x-claude-spend-timestamp", "x-claude-spend-signature"
"""Headers of a signed alert: Unix seconds, and `v1=` with an HMAC-SHA256 in hex."""

_TITLES = {
    "alerts": "Alerts",
    "anomalies": "Anomalies",
    "connections": "Connections",
    "forecast": "Forecast & budgets",
    "overlap": "Overlap",
}

LONGEST = 3000
"""Characters that Slack takes of a text; Teams takes 28 KB of all."""

_CARD = "application/vnd.microsoft.card.adaptive"
_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"


def body(kind: str, standing: Standing, link: str) -> bytes:
    """Return what is posted to a target of the kind `slack`, `teams` or `webhook`."""
    made = {"slack": slack, "teams": teams, "webhook": plain}[kind](standing, link)
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def slack(standing: Standing, link: str) -> dict[str, Any]:
    """Return an alert as a Slack message in blocks."""
    told = standing.alert
    return {
        "text": _for_slack(subject(told)),
        "blocks": [
            {"type": "header", "text": _slack_text(subject(told), 150)},
            {"type": "section", "text": _slack_text(_with_amount(standing), 3000)},
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "text": f"<{_for_slack(link)}|{_for_slack(_open(standing))}>",
                },
            },
        ],
    }


def teams(standing: Standing, link: str) -> dict[str, Any]:
    """Return an alert as an Adaptive Card in the message that a Teams workflow takes."""
    told = standing.alert
    title = {"type": "TextRun", "text": subject(told), "weight": "Bolder", "size": "Medium"}
    text = {"type": "TextRun", "text": _with_amount(standing)}
    card = {
        "$schema": _SCHEMA,
        "type": "AdaptiveCard",
        "version": "1.4",
        # Not TextBlock, which reads Markdown.
        "body": [{"type": "RichTextBlock", "inlines": [run]} for run in (title, text)],
        "actions": [{"type": "Action.OpenUrl", "title": _open(standing), "url": link}],
    }
    content = {"contentType": _CARD, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [content]}


def plain(standing: Standing, link: str) -> dict[str, Any]:
    """Return an alert as our own JSON; `id` is the same for the same alert at every try."""
    told = standing.alert
    return {
        "version": 1,
        "id": standing.public_id,
        "kind": told.kind,
        "title": told.title,
        "text": told.text,
        "amount": None if told.amount is None else dollars(told.amount),
        "currency": None if told.amount is None else "USD",
        "since": zulu(standing.since),
        "link": link,
    }


def letter(standing: Standing, link: str) -> str:
    """Return an alert as the text of a mail."""
    since = f"Since {standing.since:%Y-%m-%d %H:%M} UTC."
    return f"{_with_amount(standing)}\n\n{_open(standing)}: {link}\n\n{since}\n"


def subject(told: Alert) -> str:
    """Return an alert's title as one line that no reader obeys, and that every receiver takes."""
    return _cut(_line(told.title), 250)


def signature(secret: str, timestamp: str, content: bytes) -> str:
    """Return the signature of a body: `v1=` and the HMAC-SHA256 of timestamp, a dot and the body.

    Verify it over the bytes as they came, compare in constant time, and refuse old timestamps.
    """
    signed = timestamp.encode() + b"." + content
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _with_amount(standing: Standing) -> str:
    told = standing.alert
    shown = "" if told.amount is None else f"\nAmount: {label(told.amount)}"
    return f"{_cut(_line(told.text), LONGEST - len(shown))}{shown}"


def title(page: str) -> str:
    """Return what a page is called to which an alert leads, perhaps to one part of it."""
    return _TITLES[page.partition("?")[0]]


def _open(standing: Standing) -> str:
    return f"Open {title(standing.alert.page)}"


def _slack_text(text: str, longest: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _cut(text, longest), "emoji": False}


def _line(text: str) -> str:
    return receipt_seal.plain(" ".join(text.split()))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _for_slack(text: str) -> str:
    """Return a text without the three characters that Slack's markup begins and ends with."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
