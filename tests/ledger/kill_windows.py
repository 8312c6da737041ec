"""The two windows of the kill test: what was kept, and what came."""

from ledger_factory import BILL, HOUR, NOON, fact, span, window

from core.ledger.writer import WindowData


def first_window() -> WindowData:
    rows = [
        fact(BILL, 1, 1_000, model="same"),
        fact(BILL, 1, 2_000, model="moved"),
        fact(BILL, 2, 4_000, model="gone"),
    ]
    return window(rows, span(1, 3))


def second_window() -> WindowData:
    rows = [
        fact(BILL, 1, 1_000, model="same"),
        fact(BILL, 1, 2_001, model="moved"),
        fact(BILL, 2, 8_000, model="new"),
        fact(BILL, 3, 16_000, model="new"),
    ]
    return window(rows, span(1, 4), at=NOON + HOUR)
