"""What runs behind: in order, one at a time, nothing left unfinished, nothing swallowed."""

import threading
import time

import pytest

from core.sync.behind import Behind, Outcome


def _nothing(outcome: Outcome) -> bool:
    outcome()
    return True


def test_an_act_runs_in_another_thread_and_what_follows_in_this_one() -> None:
    threads: dict[str, int] = {}

    def act() -> None:
        threads["act"] = threading.get_ident()

    def then(outcome: Outcome) -> bool:
        outcome()
        threads["then"] = threading.get_ident()
        return False

    with Behind() as behind:
        behind.begin(act, then)
        assert behind.settle() is False
        assert behind.settle() is True  # nothing is left to settle
    assert threads["then"] == threading.get_ident() != threads["act"]


def test_acts_follow_each_other_and_the_end_waits_for_the_last() -> None:
    free, order = threading.Event(), list[str]()

    def first() -> None:
        assert free.wait(10)
        order.append("first")

    with Behind() as behind:
        behind.begin(first, _nothing)
        order.append("reading goes on")
        free.set()
        behind.begin(lambda: order.append("second"), _nothing)
    assert order == ["reading goes on", "first", "second"]


def test_what_follows_begins_when_the_act_has_ended() -> None:
    done = list[str]()

    def act() -> None:
        time.sleep(0.05)
        done.append("act")

    def then(outcome: Outcome) -> bool:
        done.append("then")  # before anything is asked of the outcome
        return True

    with Behind() as behind:
        behind.begin(act, then)
        behind.settle()
    assert done == ["act", "then"]


def _broken() -> None:
    raise ValueError("disk full")


def test_what_an_act_raised_reaches_what_follows_it() -> None:
    caught: list[str] = []

    def then(outcome: Outcome) -> bool:
        with pytest.raises(ValueError, match="disk full") as found:
            outcome()
        caught.append(str(found.value))
        return True

    with Behind() as behind:
        behind.begin(_broken, then)
        behind.settle()
    assert caught == ["disk full"]


def test_an_error_nobody_settled_comes_out_at_the_end() -> None:
    with pytest.raises(ValueError, match="disk full"), Behind() as behind:
        behind.begin(_broken, _nothing)


def test_of_two_errors_the_later_one_names_the_earlier() -> None:
    def reading(behind: Behind) -> None:
        with behind:
            behind.begin(_broken, _nothing)
            raise KeyError("reading")

    with pytest.raises(KeyError) as found:
        reading(Behind())
    assert "disk full" in found.value.__notes__[0]
