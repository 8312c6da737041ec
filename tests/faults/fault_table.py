"""The faults that come over HTTP: how each is made, and what must come of it."""

from typing import Any

from fault_company import E_REPORTS, E_UNIFIED, P_REPORTS, P_UNIFIED, WAYS
from fault_edits import (
    EVER,
    Edit,
    amount,
    answers,
    at_cursor,
    each_row,
    edited,
    kind,
    looping,
    money,
    of_another_day,
    twice,
    unknown_fields,
    unknown_words,
    without,
    without_amount,
    without_days,
    without_first,
)
from fault_judge import Fault

REPORTS = (P_REPORTS, E_REPORTS)
UNIFIED = (P_UNIFIED, E_UNIFIED)
TURNS = ((P_UNIFIED, E_REPORTS), (P_REPORTS, E_UNIFIED))
"""Faults that name no ways meet these in turn; those that a retry cures, the first of a pair."""


def _partial(name: str, faults: Any, *codes: str, **more: Any) -> Fault:
    return Fault(name, faults, "partial", frozenset(codes), **more)


def _huge(digits: int) -> Edit:
    return amount("9" * digits)


FAULTS = (
    Fault("429, three with retry-after", answers(429, 3, retry_after="2"), longest=2),
    Fault("429, three without retry-after", answers(429, 3), longest=30),
    Fault(
        "429, retry-after is a date gone by",
        answers(429, 2, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"),
        longest=30,
    ),
    Fault("429, retry-after is negative or text", answers(429, 2, retry_after="-5"), longest=30),
    _partial(
        "429, a day's wait", answers(429, EVER, retry_after="86400"), "rate_limited", longest=0
    ),
    _partial("429, without end", answers(429, EVER), "rate_limited", longest=30),
    _partial(
        "429, without end, with retry-after",
        answers(429, EVER, retry_after="60"),
        "rate_limited",
        longest=60,
    ),
    Fault("500, five in a row", answers(500, 5)),
    Fault("502, two in a row", answers(502, 2)),
    Fault("503, two in a row", answers(503, 2)),
    Fault("504, two in a row", answers(504, 2)),
    Fault("529, five in a row", answers(529, 5)),
    _partial("500, six in a row", answers(500, 6), "service_unavailable"),
    _partial("529, without end", answers(529, EVER), "service_unavailable"),
    Fault("reset before the answer", kind("reset", 2)),
    Fault("connection cut in the body", kind("cut", 2)),
    Fault("body truncated", kind("truncate", 2)),
    Fault("body empty", kind("answer", 2, status=200, body=b"")),
    Fault("HTML instead of JSON, twice", kind("html", 2)),
    _partial("HTML instead of JSON, always", kind("html", EVER), "unexpected_response"),
    _partial("truncated, always", kind("truncate", EVER), "service_unavailable"),
    _partial("reset, always", kind("reset", EVER), "network_unreachable"),
    Fault("slow answer", kind("edit", 3, delay=0.1)),
    Fault("hanging answer, twice", kind("edit", 2, delay=0.35), hurry=True),
    _partial(
        "hanging answer, always",
        kind("edit", 6, delay=0.35),
        "network_unreachable",
        ways=(P_UNIFIED, E_REPORTS),
        hurry=True,
    ),
    Fault("dripping answer, once", kind("drip", 1, every=0.05), hurry=True),
    _partial("answer of a list", kind("answer", 6, status=200, body=b"[]"), "unexpected_response"),
    _partial(
        "answer nested beyond measure",
        kind("answer", 6, status=200, body=b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
        "unexpected_response",
    ),
    _partial("endless redirects", answers(307, EVER, location="/elsewhere"), "unexpected_response"),
    Fault("cursor expired once (410)", at_cursor(410, 1), page=2),
    Fault("cursor refused once (400)", at_cursor(400, 1), page=2),
    _partial("cursor expired, always", at_cursor(410, EVER), "cursor_expired", page=2),
    _partial("page names itself as the next", looping("again"), "pagination_broken", ways=WAYS),
    _partial(
        "more follows, no cursor",
        edited(lambda d: d.update(has_more=True, next_page=None)),
        "pagination_broken",
    ),
    _partial("first bucket dropped", edited(without_first), "days_missing", ways=REPORTS),
    _partial(
        "a day dropped from the total",
        edited(without_first, EVER),
        "parts_differ_from_total",
        ways=UNIFIED,
    ),
    _partial("all rows twice in an answer", edited(twice), "pagination_broken", ways=WAYS),
    Fault(
        "grouped rows twice, the total once",
        edited(twice, query="group_by"),
        detail=False,
        warns=frozenset({"groups_exceed_total"}),
        ways=UNIFIED,
    ),
    Fault(
        "unknown words of enumerations", edited(each_row(unknown_words)), detail=False, ways=WAYS
    ),
    Fault("unknown fields", edited(unknown_fields), ways=WAYS),
    _partial("amount missing", edited(each_row(without_amount)), "payload_invalid", ways=WAYS),
    _partial("amount null", edited(amount(None)), "payload_invalid"),
    _partial("amount a number", edited(amount(1.5)), "payload_invalid"),
    _partial("day missing", edited(without_days), "payload_invalid"),
    _partial("data missing", edited(without("data")), "payload_invalid"),
    _partial("day that was not asked", edited(of_another_day), "payload_invalid"),
    _partial(
        "another currency",
        edited(each_row(lambda row: money(row).update(currency="EUR"))),
        "amount_refused",
    ),
    _partial("amount with an exponent", edited(amount("1e5")), "amount_refused"),
    _partial("amount NaN", edited(amount("NaN")), "amount_refused"),
    _partial("amount Infinity", edited(amount("Infinity")), "amount_refused"),
    _partial("amount with too many digits", edited(amount("1.123456789")), "amount_refused"),
    _partial("amount of 2^63", edited(_huge(19)), "amount_refused"),
    _partial("amount of 5,000 digits", edited(_huge(5_000)), "amount_refused"),
    _partial("amounts too large together", edited(amount("92233720368")), "amount_refused"),
    _partial("amount empty", edited(amount("")), "amount_refused"),
    _partial("key revoked half-way (401)", answers(401, EVER), "key_invalid", ways=WAYS),
    _partial("right taken away half-way (403)", answers(403, EVER), "key_scope_missing"),
    _partial("request refused half-way (400)", answers(400, EVER), "request_refused", ways=WAYS),
)


CASES = [
    (fault, way)
    for turn, fault in enumerate(FAULTS)
    for way in fault.ways or TURNS[turn % len(TURNS)][: 1 if fault.outcome == "exact" else 2]
]
"""Each fault with each way that it is tried on."""
