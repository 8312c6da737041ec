"""Activity: counts a day, replaced day by day."""

import polars as pl
from ledger_factory import HOUR, NOON, day, span

from core.ledger import runs
from core.ledger.activity import SCHEMA, activity_days, replace_activity
from core.ledger.snapshot import book, current_version


def counts(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def kept(engine, settings) -> list[tuple]:
    return sorted(book(engine, settings).activity.select("connection_id", *SCHEMA).rows())


LINES = (day(1), "ada", "claude_code", "", "lines_added", 40)
CHATS = (day(1), "ada", "chat", "", "messages", 7)


def test_a_day_is_replaced_whole(engine, settings):
    assert replace_activity(engine, 1, [day(1)], counts(LINES, CHATS)) == 2
    more = (*LINES[:-1], 45)
    other = (day(1), "bob", "chat", "", "messages", 1)
    assert replace_activity(engine, 1, [day(1)], counts(more, other)) == 3
    assert kept(engine, settings) == sorted([(1, *more), (1, *other)])


def test_the_same_again_changes_nothing_but_when_it_was_read(engine):
    replace_activity(engine, 1, span(1, 3), counts(LINES), fetched_at=NOON)
    version = current_version(engine)
    again = replace_activity(engine, 1, [day(1)], counts(LINES), fetched_at=NOON + HOUR)
    assert (again, current_version(engine)) == (0, version)
    assert activity_days(engine, 1) == {day(1): NOON + HOUR, day(2): NOON}
    assert activity_days(engine, 2) == {}


def test_equal_keys_are_added_and_other_days_left_out(engine, settings):
    late = (day(5), *LINES[1:])
    replace_activity(engine, 1, [day(1)], counts(LINES, LINES, late))
    assert kept(engine, settings) == [(1, *LINES[:-1], 80)]


def test_one_surface_can_be_replaced_beside_another(engine, settings):
    replace_activity(engine, 1, [day(1)], counts(LINES, CHATS))
    assert replace_activity(engine, 1, [day(1)], counts(), surfaces=["chat"]) == 1
    assert kept(engine, settings) == [(1, *LINES)]


def test_connections_do_not_touch_each_other(engine, settings):
    replace_activity(engine, 1, [day(1)], counts(LINES))
    replace_activity(engine, 2, [day(1)], counts(CHATS))
    assert replace_activity(engine, 2, [day(1)], counts()) == 1
    assert kept(engine, settings) == [(1, *LINES)]


def test_the_book_has_activity_as_enums_by_day(engine, settings):
    replace_activity(engine, 1, [day(1), day(2)], counts((day(2), *LINES[1:]), CHATS))
    activity = book(engine, settings).activity
    assert activity["day"].to_list() == [day(1), day(2)]
    assert isinstance(activity.schema["metric"], pl.Enum)


def test_the_book_says_when_a_day_was_read_and_by_which_sync(engine, settings):
    first = runs.start_run(engine, [1, 2], "cli", now=NOON)
    replace_activity(engine, 1, span(1, 3), counts(LINES), fetched_at=NOON + HOUR)
    runs.finish_run(engine, first, "complete", now=NOON + 2 * HOUR)
    replace_activity(engine, 2, [day(1)], counts(LINES), fetched_at=NOON + 3 * HOUR)
    second = runs.start_run(engine, [2], "cli", now=NOON + 4 * HOUR)
    replace_activity(engine, 1, [day(2)], counts(), fetched_at=NOON + 5 * HOUR)
    replace_activity(engine, 2, [day(2)], counts(), fetched_at=NOON + 5 * HOUR)
    assert book(engine, settings).activity_days.rows() == [
        (1, day(1), NOON + HOUR, first),
        (1, day(2), NOON + 5 * HOUR, None),  # the sync of that moment was not of this connection
        (2, day(1), NOON + 3 * HOUR, None),  # no sync ran
        (2, day(2), NOON + 5 * HOUR, second),
    ]
