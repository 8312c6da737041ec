"""Names that mean harm, in alerts: no mention, no link, no header, nothing that is obeyed."""

import email
import json
import re
from datetime import UTC, datetime
from email import policy

import pytest
from hostile import PAYLOADS

from core.watch.alerts import mail, payloads
from core.watch.alerts.alert import Alert, Standing
from core.watch.alerts.places import Mailbox

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LINK = "https://spend.example.com/anomalies"
HEADER = "x\r\nBcc: evil@out.invalid\r\n\r\nbody"
NAMES = (
    *PAYLOADS,
    HEADER,
    "<@U123> <!subteam^S1> <!everyone>",
    "a\u2028Bcc: b@c.invalid",
)
OBEYED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BOX = Mailbox("smtp.example.com", 25, "tls", "", "", "a@example.com", ("b@example.com",))


def standing(name: str) -> Standing:
    told = Alert("anomaly", f"anomaly/{name}", f"Spend on {name} is higher.",
                 f"Who drove it: {name}, {name}.", "anomalies", 10**10)  # fmt: skip
    return Standing(told, NOON)


@pytest.mark.parametrize("name", NAMES)
def test_slack_is_told_no_name_as_markup(name: str) -> None:
    body = json.loads(json.dumps(payloads.slack(standing(name), LINK)))
    header, section, link = body["blocks"]
    assert "<" not in body["text"].replace("&lt;", "")
    assert ">" not in body["text"]
    assert {header["text"]["type"], section["text"]["type"]} == {"plain_text"}
    assert link["text"]["text"] == f"<{LINK}|Open Anomalies>"
    assert len(header["text"]["text"]) <= 150
    assert len(section["text"]["text"]) <= 3000
    assert section["text"]["text"].endswith("\nAmount: $1.00")
    assert not OBEYED.search(body["text"] + header["text"]["text"] + section["text"]["text"])


@pytest.mark.parametrize("name", NAMES)
def test_teams_is_told_names_as_runs_of_text_and_never_too_much(name: str) -> None:
    whole = payloads.body("teams", standing(name), LINK)
    assert len(whole) < 28_000
    card = json.loads(whole)["attachments"][0]["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    runs = [run for block in card["body"] for run in block["inlines"]]
    assert {run["type"] for run in runs} == {"TextRun"}
    assert not OBEYED.search("".join(run["text"] for run in runs))
    assert [action["url"] for action in card["actions"]] == [LINK]


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_has_its_own_headers_and_no_other(name: str) -> None:
    raw = bytes(mail.compose(BOX, standing(name), LINK, lambda: NOON))
    letter = email.message_from_bytes(raw, policy=policy.default)
    assert [key.lower() for key in letter] == [
        "subject", "from", "to", "date", "message-id", "auto-submitted", "content-type",
        "content-transfer-encoding", "mime-version",
    ]  # fmt: skip
    assert letter["to"] == "b@example.com"
    assert letter.get_content_type() == "text/plain"
    assert max(map(len, raw.splitlines())) <= 998
    assert not OBEYED.search(str(letter["subject"]))
    assert not OBEYED.search(letter.get_content().replace("\r\n", "\n"))


@pytest.mark.parametrize("name", NAMES)
def test_a_webhook_is_told_names_exactly_in_signed_json(name: str) -> None:
    body = payloads.body("webhook", standing(name), LINK)
    assert json.loads(body)["title"] == f"Spend on {name} is higher."
    assert b"\n" not in body
