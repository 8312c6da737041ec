"""Names that mean harm, and an API that gives them to everything that has a name."""

import json
import re
from datetime import date, timedelta
from typing import Any
from zlib import crc32

from pydantic import SecretStr
from sqlalchemy import Engine, update

from core.calendar import Span, month_start, next_month, now
from core.connections.vault import Vault
from core.ledger import anomalies, dismissals
from core.ledger.anomalies import AnomalyRow
from core.ledger.budgets import BudgetRow, save_budgets
from core.ledger.engine import writing
from core.ledger.invoices import InvoiceRow, save_invoices
from core.ledger.prices import ContractPrice, add_price
from core.ledger.tables import Connection, table
from core.ledger.versions import bump
from core.settings import Settings
from core.watch.alerts import targets
from core.watch.alerts.places import hook

PAYLOADS = (
    "<img src=http://out.invalid/a onerror=alert(1)><script>alert(2)</script>",
    "[go](javascript:alert(3)) ![x](http://out.invalid/b) <http://out.invalid/c>",
    ":red[$x^2$] :material/home: :streamlit: **b** `c` ~~d~~",
    '=HYPERLINK("http://out.invalid/d","x")',
    "{=1+1}",
    "+1+1",
    "-1+1|cmd' /C calc'!A0",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\uff1d1+1",
    "\n\n# head\n\n    code\n\n| a |\n|---|",
    "\u202egnp.exe\u2066 \u2069",
    "a\u0000b\u001b[31mred\u0007\u009b1m",
    "../../../../etc/evil",
    "{{7*7}}${7*7}%s%n{0}",
    "http://out.invalid/e www.out.invalid <!channel> <!here> @here",
    "'; DROP TABLE cost_fact; --",
    "\u05e9\u05dc\u05d5\u05dd",
    "long" * 2500,
)

_SPOILT = ("name", "email", "email_address", "model", "description", "rbac_group_name")


def spoilt(text: str) -> str:
    """Return what harm a text was turned into: always the same, and no two texts alike."""
    return f"{PAYLOADS[crc32(text.encode()) % len(PAYLOADS)]} {text}"


def spoil(body: bytes) -> bytes:
    """Return an answer of the API in which every name means harm."""
    return json.dumps(_spoilt(json.loads(body))).encode()


def _spoilt(value: Any) -> Any:
    if isinstance(value, list):
        return [_spoilt(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: spoilt(one) if key in _SPOILT and isinstance(one, str) and one else _spoilt(one)
        for key, one in value.items()
    }


MONTH = month_start(now().date())


def add_all(engine: Engine, settings: Settings) -> None:
    """Give such names to all that people name: connections, budgets, invoices, reasons, targets."""
    rename_connections(engine)
    save_budgets(engine, [
        BudgetRow(f"b{n} {text}".strip(), MONTH, 10**10 * (n + 1), "",
                  (("workspace", text),) if n % 5 == 1 else (), (), None, text)
        for n, text in enumerate(PAYLOADS) if "\0" not in text
    ])  # fmt: skip
    spans = [Span(MONTH - timedelta(days=31 * n + 31), MONTH) for n in range(len(PAYLOADS))]
    save_invoices(engine, [
        InvoiceRow("platform", span, 10**10, number=text, note=text)
        for span, text in zip(spans, PAYLOADS, strict=True)
    ])  # fmt: skip
    for text in PAYLOADS:
        add_price(engine, ContractPrice(MONTH, model=text, discount=1000, note=text))
    add_anomalies(engine, now().date() - timedelta(days=3))
    vault = Vault(settings)
    for text in PAYLOADS:
        if text.isprintable() and len(text) < 70:
            place = hook("slack", SecretStr("https://hooks.invalid/services/x"))
            targets.add(engine, vault, f"t {text}", place)


def rename_connections(engine: Engine) -> None:
    """Call the connections, and their organizations, by such names."""
    kept = table(Connection)
    with writing(engine) as session:
        for number, name in ((1, PAYLOADS[0][:70]), (2, PAYLOADS[3][:70])):
            renamed = update(kept).where(kept.c.id == number)
            session.execute(renamed.values(name=name, organization_name=PAYLOADS[2]))
        bump(session)


def add_anomalies(engine: Engine, first: date) -> None:
    """Keep an anomaly of a series of each name, every other one dismissed with such a reason."""

    def body(text: str) -> dict[str, Any]:
        cell, child = [text, "output_tokens", 1, 10**10], [text, text, 1, 10**10]
        return {
            "days": [[first.isoformat(), 3 * 10**10, 10**10]], "cells": [cell],
            "split": {"volume": 10**10, "mix": 0, "price": 10**10, "untokened": 0},
            "children": {"api_key": [child], "model": [child]},
        }  # fmt: skip

    rows = [
        AnomalyRow("workspace", f"w{n}", first, first + timedelta(days=1), "over", "found", text,
                   10**10, 3 * 10**10, body=body(text))
        for n, text in enumerate(re.sub("\0", "", text) for text in PAYLOADS)
    ]  # fmt: skip
    anomalies.keep(engine, [], rows, {})
    for row in rows[::2]:
        dismissals.dismiss(engine, (row.dimension, row.name, first), row.label, row.label)


NEXT = next_month(MONTH)
