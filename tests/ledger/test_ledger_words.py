"""The user's word on two connections: kept, replaced, taken back, seen in the next book."""

from ledger_factory import HOUR, NOON

from core.ledger.maintenance import delete_data
from core.ledger.snapshot import book, current_version
from core.ledger.words import PairRow, give, read_words, take_back


def test_a_word_is_kept_and_the_last_one_on_a_pair_holds(engine):
    assert give(engine, PairRow(1, 2, "independent", "other people", NOON))
    assert give(engine, PairRow(1, 3, "match", decided_at=NOON + HOUR))
    assert give(engine, PairRow(1, 2, "count_enterprise", decided_at=NOON + 2 * HOUR))
    assert read_words(engine) == (
        PairRow(1, 3, "match", "", NOON + HOUR),
        PairRow(1, 2, "count_enterprise", "", NOON + 2 * HOUR),
    )


def test_the_same_word_again_changes_nothing(engine):
    give(engine, PairRow(1, 2, "match", "as agreed", NOON))
    version = current_version(engine)
    assert not give(engine, PairRow(1, 2, "match", "as agreed", NOON + HOUR))
    assert current_version(engine) == version
    assert read_words(engine)[0].decided_at == NOON
    assert give(engine, PairRow(1, 2, "match", "for another reason"))
    assert read_words(engine)[0].decided_at is not None


def test_readers_notice_a_word_and_that_it_was_taken_back(engine, settings):
    before = book(engine, settings)
    give(engine, PairRow(1, 2, "independent"))
    after = book(engine, settings)
    assert (before.words, [row.word for row in after.words]) == ((), ["independent"])
    assert after.version > before.version
    assert take_back(engine, 1, 2)
    assert not take_back(engine, 1, 2)
    assert book(engine, settings).words == ()


def test_a_book_with_other_words_shares_its_frames(engine, settings):
    here = book(engine, settings)
    here.rows("cost", ["platform/reports/cost/bill"], [])
    other = here.with_words((PairRow(1, 2, "match"),))
    assert other.facts is here.facts
    assert (here.words, len(other.words)) == ((), 1)


def test_words_go_with_the_data_of_a_connection(engine):
    give(engine, PairRow(1, 2, "match"))
    give(engine, PairRow(3, 4, "match"))
    delete_data(engine, 2)
    assert [(row.platform_id, row.enterprise_id) for row in read_words(engine)] == [(3, 4)]
