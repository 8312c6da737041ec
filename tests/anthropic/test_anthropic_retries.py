"""Which failures are tried again, how often, and after how long; nobody really waits here."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from anthropic_answers import ok, refusal, script
from hypothesis import given
from hypothesis import strategies as st

from core.anthropic.pace import Pace
from core.anthropic.waiting import told_to_wait
from core.errors import NetworkUnreachable, RateLimited, ServiceUnavailable, SpendError

PATH = "/v1/organizations/cost_report"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def get(answers, **options):
    return answers.client(clock=lambda: NOW, **options).get(PATH, (), version="2023-06-01")


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 520, 529])
def test_passing_failures_are_tried_again(status):
    answers = script(refusal(status), refusal(status), ok({"id": "x"}))
    assert get(answers).body == b'{"id":"x"}'
    assert len(answers.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 410, 413, 418, 422])
def test_refusals_are_final_at_once(status):
    answers = script(refusal(status), ok({}))
    with pytest.raises(SpendError):
        get(answers)
    assert len(answers.requests) == 1
    assert answers.sleeps == []


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 410])
def test_x_should_retry_cannot_revive_what_is_hopeless(status):
    answers = script(refusal(status, x_should_retry="true"), ok({}))
    with pytest.raises(SpendError):
        get(answers)
    assert len(answers.requests) == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
def test_x_should_retry_false_ends_what_would_be_tried_again(status):
    answers = script(refusal(status, x_should_retry="false"), ok({}))
    with pytest.raises((RateLimited, ServiceUnavailable)):
        get(answers)
    assert len(answers.requests) == 1


def test_x_should_retry_true_repeats_what_would_be_final():
    answers = script(refusal(425, x_should_retry="true"), ok({}))
    assert get(answers).status == 200
    assert len(answers.requests) == 2


def test_six_attempts_and_no_more():
    answers = script(refusal(503))
    with pytest.raises(ServiceUnavailable) as caught:
        get(answers)
    assert len(answers.requests) == 6
    assert len(answers.sleeps) == 5
    assert caught.value.http_status == 503


def test_attempts_can_be_fewer():
    answers = script(refusal(503))
    with pytest.raises(ServiceUnavailable):
        get(answers, attempts=2)
    assert len(answers.requests) == 2


def test_pauses_are_full_jitter_from_half_a_second_up_to_thirty():
    answers = script(refusal(500))
    with pytest.raises(ServiceUnavailable):
        get(answers, attempts=12)
    ceilings = [min(0.5 * 2**n, 30) for n in range(11)]
    assert all(0 <= s <= top for s, top in zip(answers.sleeps, ceilings, strict=True))
    assert len(set(answers.sleeps)) == 11


def test_retry_after_is_obeyed_to_the_second():
    answers = script(refusal(429, retry_after="7"), refusal(429, retry_after="0.25"), ok({}))
    get(answers)
    assert answers.sleeps == [7.0, 0.25]


def test_retry_after_in_milliseconds_is_preferred():
    answers = script(refusal(429, retry_after_ms="1500", retry_after="9"), ok({}))
    get(answers)
    assert answers.sleeps == [1.5]


def test_retry_after_as_a_date_is_measured_from_now():
    late = format_datetime(NOW + timedelta(seconds=42), usegmt=True)
    answers = script(refusal(503, retry_after=late), ok({}))
    get(answers)
    assert answers.sleeps == [42.0]


def test_retry_after_as_a_date_is_measured_from_the_servers_own_clock():
    theirs = NOW + timedelta(days=3)
    late = format_datetime(theirs + timedelta(seconds=42), usegmt=True)
    date = format_datetime(theirs, usegmt=True)
    answers = script(refusal(503, retry_after=late, date=date), ok({}))
    get(answers)
    assert answers.sleeps == [42.0]


@pytest.mark.parametrize("told", ["-5", "0", "soon", "", "nan", "inf", "Mon, 99 Foo 2026"])
def test_a_retry_after_without_meaning_leaves_the_pause_to_jitter(told):
    answers = script(refusal(429, retry_after=told), ok({}))
    get(answers)
    assert len(answers.sleeps) == 1
    assert 0 <= answers.sleeps[0] <= 0.5


def test_a_date_in_the_past_leaves_the_pause_to_jitter():
    early = format_datetime(NOW - timedelta(hours=1), usegmt=True)
    answers = script(refusal(429, retry_after=early), ok({}))
    get(answers)
    assert 0 <= answers.sleeps[0] <= 0.5


def test_two_minutes_are_waited_and_more_ends_the_run_with_the_time_in_words():
    answers = script(refusal(429, retry_after="120"), refusal(429, retry_after="86400"), ok({}))
    with pytest.raises(RateLimited) as caught:
        get(answers)
    assert answers.sleeps == [120.0]
    assert len(answers.requests) == 2
    assert "86400 seconds, until 2026-11-24T12:00:00Z" in caught.value.cause


def test_a_server_error_with_a_long_retry_after_is_no_rate_limit():
    answers = script(refusal(503, retry_after="3600"))
    with pytest.raises(ServiceUnavailable, match="3600 seconds"):
        get(answers)
    assert answers.sleeps == []


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("enforced_spend_limit_reached", "usage tier"),
        ("contract_spend_limit_reached", "contract"),
        ("ramp_limit_exceeded", "grown faster"),
    ],
)
def test_a_spend_cap_is_said_at_once_instead_of_being_waited_for(code, why):
    answers = script(refusal(429, "rate_limit_error", "…", code), ok({}))
    with pytest.raises(RateLimited, match=why) as caught:
        get(answers)
    assert len(answers.requests) == 1
    assert "spend limit" in caught.value.title


def test_a_spend_cap_that_names_a_time_is_waited_for():
    capped = refusal(429, "rate_limit_error", "…", "enforced_spend_limit_reached", retry_after="9")
    answers = script(capped, ok({}))
    get(answers)
    assert answers.sleeps == [9.0]


def test_connection_errors_are_tried_again_and_then_named():
    answers = script(httpx.ConnectTimeout("x"), httpx.ReadTimeout("x"), ok({}))
    assert get(answers).status == 200
    answers = script(httpx.ConnectTimeout("x"))
    with pytest.raises(NetworkUnreachable, match="timed out"):
        get(answers)
    assert len(answers.requests) == 6


def test_a_storm_of_rate_limits_never_asks_earlier_than_told_and_is_outlasted():
    waits = [1 + n % 5 for n in range(50)]
    answers = script(*(refusal(429, retry_after=str(wait)) for wait in waits), ok({}))
    assert get(answers).status == 200
    assert answers.sleeps == waits
    assert sum(waits) == 150


def test_waiting_as_told_is_no_failed_attempt():
    failure, limit = refusal(503), refusal(429, retry_after="10")
    answers = script(limit, failure, limit, failure, limit, ok({}))
    assert get(answers, attempts=3).status == 200
    assert [s for s in answers.sleeps if s == 10] == [10.0, 10.0, 10.0]
    assert len(answers.requests) == 6


def test_what_exceeds_the_patience_of_a_request_counts_as_an_attempt():
    answers = script(refusal(429, retry_after="60"))
    with pytest.raises(RateLimited):
        get(answers)
    # five waits of a minute are 300 s; the sixth attempt that counts is the last
    assert answers.sleeps == [60.0] * (5 + 5)
    assert len(answers.requests) == 5 + 6


def test_a_wait_that_is_too_long_for_the_rest_of_the_patience_leaves_it_to_shorter_ones():
    limits = [refusal(429, retry_after=told) for told in ("7", "4", "3", "1")]
    answers = script(*limits)
    with pytest.raises(RateLimited):
        get(answers, attempts=2, patience=10)
    assert answers.sleeps == [7.0, 4.0, 3.0]  # 7 and 3 are borne, 4 and 1 count


def test_each_request_has_its_own_patience():
    limit = refusal(429, retry_after="5")
    answers = script(limit, ok({}), limit, ok({}))
    client = answers.client(attempts=1, patience=5)
    for _ in range(2):
        assert client.get(PATH, (), version="2023-06-01").status == 200
    assert answers.sleeps == [5.0, 5.0]


def test_without_patience_a_single_attempt_ends_with_the_first_rate_limit():
    answers = script(refusal(429, retry_after="1"), ok({}))
    with pytest.raises(RateLimited):
        get(answers, attempts=1, patience=0)
    assert answers.sleeps == []


def test_rate_limits_that_name_no_time_are_attempts_with_full_jitter():
    answers = script(refusal(429))
    with pytest.raises(RateLimited):
        get(answers)
    assert len(answers.requests) == 6
    ceilings = [0.5, 1, 2, 4, 8]
    assert all(0 <= s <= top for s, top in zip(answers.sleeps, ceilings, strict=True))


def test_a_server_that_asks_for_a_millisecond_again_and_again_has_an_end():
    answers = script(refusal(429, retry_after_ms="1"))
    with pytest.raises(RateLimited):
        get(answers, patience=20)
    assert len(answers.requests) == 20 + 6


def test_only_rate_limits_draw_on_the_patience():
    answers = script(refusal(503, retry_after="2"))
    with pytest.raises(ServiceUnavailable):
        get(answers)
    assert answers.sleeps == [2.0] * 5


def test_a_loopback_client_is_paced_only_after_its_first_rate_limit():
    pace = Pace(1000, engaged=False)
    answers = script(ok({}), refusal(429), ok({}))
    client = answers.client(pace=pace)
    client.get(PATH, (), version="2023-06-01")
    assert not pace.engaged
    client.get(PATH, (), version="2023-06-01")
    assert pace.engaged


def test_no_window_of_the_pace_holds_more_requests_than_allowed():
    pace, moments = Pace(3, window=0.2), []
    for _ in range(8):
        pace.wait()
        moments.append(time.monotonic())
    assert all(later - first >= 0.19 for first, later in zip(moments, moments[3:], strict=False))
    assert moments[-1] - moments[0] < 2


def test_a_pace_may_be_shared_by_clients_of_one_organization():
    pace = Pace(2, window=0.2)
    one, two = script(ok({})), script(ok({}))
    began = time.monotonic()
    for _ in range(2):
        one.client(pace=pace).get(PATH, (), version="2023-06-01")
        two.client(pace=pace).get(PATH, (), version="2023-06-01")
    assert time.monotonic() - began >= 0.19


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_retry_after_whatever_its_text_asks_for_a_negative_or_endless_wait(told, date):
    headers = httpx.Headers(
        [(b"retry-after", told.encode("utf-8")), (b"date", date.encode("utf-8"))]
    )
    wait = told_to_wait(headers, NOW)
    assert wait is None or 0 < wait < float("inf")
