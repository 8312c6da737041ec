"""The restatement log as people ask it."""

from ledger_factory import BILL, HOUR, KEY, NOON, TOKENS, WHO, day, fact, put, span, window

from core.ledger.restatements import log
from core.ledger.snapshot import book_as_of


def restated(engine) -> None:
    for hours, (first, second) in enumerate([(100, 50), (90, 50), (90, 55)]):
        rows = [fact(BILL, 1, first, model="a"), fact(BILL, 2, second, model="b")]
        put(engine, window(rows, span(1, 3), at=NOON + hours * HOUR))


def test_each_change_is_a_row_in_the_order_it_was_seen(engine):
    restated(engine)
    rows = log(engine).select("day", "model", "before", "after", "delta", "seen_at", "window_id")
    assert rows.rows() == [
        (day(1), "a", 100, 90, -10, NOON + HOUR, 2),
        (day(2), "b", 50, 55, 5, NOON + 2 * HOUR, 3),
    ]


def test_days_and_moments_limit_it(engine):
    restated(engine)
    assert log(engine, start=day(2))["delta"].to_list() == [5]
    assert log(engine, end=day(2))["delta"].to_list() == [-10]
    assert log(engine, since=NOON + HOUR)["delta"].to_list() == [5]
    assert log(engine, since=NOON)["delta"].to_list() == [-10, 5]
    assert log(engine, start=day(3)).is_empty()


def test_only_the_primary_cut_of_cost_is_told(engine):
    for hours, amount in enumerate((100, 120)):
        cuts = [fact(KEY, 1, amount, api_key="k"), fact(WHO, 1, amount, user="u")]
        put(engine, window(cuts, span(1, 2), at=NOON + hours * HOUR))
        put(engine, window([fact(TOKENS, 1, amount)], span(1, 2), family="usage",
                           at=NOON + hours * HOUR))  # fmt: skip
    assert log(engine).select("cut", "delta").rows() == [(KEY, 20)]


def test_a_change_of_the_list_amount_alone_restates_no_money(engine):
    for hours, known in enumerate((None, 200)):
        rows = [fact(KEY, 1, 100, list_amount=known)]
        result = put(engine, window(rows, span(1, 2), at=NOON + hours * HOUR))
    assert (result.changed, result.restated_rows, result.restated_delta) == (1, 0, 0)
    assert log(engine).is_empty()


def test_another_reading_of_the_same_days_is_no_restatement(engine):
    put(engine, window([fact(BILL, 1, 100), fact(BILL, 2, 40)], span(1, 3)))
    turned = put(engine, window([fact(KEY, 1, 103)], span(1, 2), at=NOON + HOUR))
    assert (turned.changed, turned.restated_rows, turned.restated_delta) == (2, 0, 0)
    assert log(engine).is_empty()
    revised = put(engine, window([fact(KEY, 1, 110)], span(1, 2), at=NOON + 2 * HOUR))
    assert (revised.restated_rows, revised.restated_delta) == (1, 7)
    put(engine, window([fact(BILL, 2, 45)], span(2, 3), at=NOON + 3 * HOUR))
    told = log(engine).select("day", "before", "after", "delta")
    assert told.rows() == [(day(1), 103, 110, 7), (day(2), 40, 45, 5)]


def test_the_ledger_before_another_reading_can_still_be_rebuilt(engine):
    put(engine, window([fact(BILL, 1, 100)], span(1, 2)))
    put(engine, window([fact(KEY, 1, 103)], span(1, 2), at=NOON + HOUR))
    then = book_as_of(engine, NOON).rows("cost", [BILL, KEY], [], span(1, 2))
    assert then["amount"].to_list() == [100]
