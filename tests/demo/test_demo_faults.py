"""Everything that can go wrong on the way, on demand, while the server runs."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import httpx
import pytest

from core.demo import (
    ANALYTICS_KEY,
    PLATFORM_KEY,
    Behaviour,
    Fault,
    Organisation,
    Server,
    app,
    serve,
)

Get = Callable[..., httpx.Response]
DAY = {"starting_at": "2026-11-19T00:00:00Z", "ending_at": "2026-11-20T00:00:00Z"}


def test_a_fault_strikes_the_nth_request_of_its_path_and_then_no_more(
    get: Get, server: Server
) -> None:
    server.behaviour.faults.append(Fault("/v1/organizations/me", nth=2, times=2, status=529))
    statuses = [get("/me").status_code for _ in range(4)]
    assert statuses == [200, 529, 529, 200]
    assert get("/users").status_code == 200
    assert [seen.status for seen in server.requests] == [200, 529, 529, 200, 200]


def test_a_fault_may_take_a_prefix_or_a_query(get: Get, server: Server) -> None:
    server.behaviour.faults.append(Fault("/v1/organizations/analytics/*", status=504))
    assert get("/me").status_code == 200
    answer = get("/analytics/cost", DAY)
    assert answer.status_code == 504
    assert answer.json()["error"]["type"] == "timeout_error"
    fault = Fault("/v1/organizations/cost_report", query="group_by[]=description", status=500)
    server.behaviour.faults = [fault]
    assert get("/cost_report", DAY).status_code == 200
    assert get("/cost_report", DAY | {"group_by[]": "description"}).status_code == 500


def test_a_fault_may_say_anything(get: Get, server: Server) -> None:
    server.behaviour.faults += [
        Fault("*", status=429, headers={"retry-after": "7", "x-should-retry": "true"}),
        Fault("*", nth=2, status=200, body='{"data": [], "has_more": true, "next_page": null}'),
        Fault("*", nth=3, status=302, headers={"location": "http://example.invalid/"}, body=b""),
        Fault("*", nth=4, status=400, body={"error": {"type": "invalid_request_error"}}),
    ]
    first = get("/me")
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert first.json()["error"]["type"] == "rate_limit_error"
    assert get("/me").json()["has_more"] is True
    assert get("/me").headers["location"] == "http://example.invalid/"
    assert get("/me").json() == {"error": {"type": "invalid_request_error"}}


def test_a_proxy_may_answer_html(get: Get, server: Server) -> None:
    server.behaviour.faults.append(Fault("*", kind="html"))
    answer = get("/me")
    assert answer.headers["content-type"].startswith("text/html")
    assert "sign in" in answer.text.lower()


def test_an_answer_may_be_half(get: Get, server: Server) -> None:
    whole = get("/cost_report", DAY).content
    server.behaviour.faults.append(Fault("*", kind="truncate"))
    assert get("/cost_report", DAY).content == whole[: len(whole) // 2]


def test_a_connection_may_break_in_the_answer(get: Get, server: Server) -> None:
    server.behaviour.faults.append(Fault("*", kind="cut"))
    with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without"):
        get("/cost_report", DAY)
    assert get("/cost_report", DAY).status_code == 200
    assert [seen.status for seen in server.requests] == [0, 200]


def test_a_connection_may_break_before_the_answer(get: Get, server: Server) -> None:
    server.behaviour.faults.append(Fault("*", kind="reset"))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        get("/me")
    assert get("/me").status_code == 200


def test_an_answer_may_be_late(server: Server) -> None:
    server.behaviour.faults.append(Fault("*", delay=0.4, status=500))
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(server.base_url + "/v1/organizations/me", timeout=0.1)


def test_beyond_the_rate_requests_are_told_to_wait(get: Get, server: Server) -> None:
    server.behaviour.per_minute = 2
    server.behaviour.window_seconds = 30.0
    assert [get("/me").status_code for _ in range(3)] == [200, 200, 429]
    refused = get("/me")
    assert refused.json()["error"]["type"] == "rate_limit_error"
    assert 28 <= int(refused.headers["retry-after"]) <= 30
    server.behaviour.retry_after = "Mon, 23 Nov 2026 12:00:30 GMT"
    assert get("/me").headers["retry-after"].endswith("GMT")
    server.behaviour.window_seconds = 0.0
    assert get("/me").status_code == 200


def test_requests_are_noted_as_they_arrived(get: Get, server: Server) -> None:
    get("/cost_report", DAY | {"group_by[]": ["workspace_id", "description"]})
    seen = server.requests[-1]
    assert seen.path == "/v1/organizations/cost_report"
    assert seen.params == (
        *DAY.items(), ("group_by[]", "workspace_id"), ("group_by[]", "description"),
    )  # fmt: skip
    assert seen.headers["x-api-key"] == PLATFORM_KEY


def _amount(get: Get, key: str) -> str:
    rows = get("/analytics/cost", DAY | {"time_bucket_width": "1d"}, key=key).json()["data"]
    return str(rows[0]["cost"]["amount"])


def test_a_restatement_is_seen_at_once_by_the_sides_that_see_it(get: Get, server: Server) -> None:
    before = {key: _amount(get, key) for key in (PLATFORM_KEY, ANALYTICS_KEY)}
    server.behaviour.restate[date(2026, 11, 19)] = Fraction(3, 2)
    server.behaviour.restate_seen_by = ("platform",)
    assert float(_amount(get, PLATFORM_KEY)) == pytest.approx(float(before[PLATFORM_KEY]) * 1.5)
    assert _amount(get, ANALYTICS_KEY) == before[ANALYTICS_KEY]
    server.behaviour.restate.clear()
    assert _amount(get, PLATFORM_KEY) == before[PLATFORM_KEY]


def test_a_refresh_ends_the_cursors_given_out(get: Get, server: Server) -> None:
    params: dict[str, Any] = DAY | {"group_by[]": "model", "limit": 2}
    cursor = get("/analytics/cost", params).json()["next_page"]
    assert get("/analytics/cost", params | {"page": cursor}).status_code == 200
    server.behaviour.refresh()
    gone = get("/analytics/cost", params | {"page": cursor})
    assert gone.status_code == 410
    assert get("/analytics/cost", params).status_code == 200


def test_the_watermark_is_a_few_hours_old_or_as_wanted(get: Get, server: Server) -> None:
    def mark() -> str:
        return str(get("/analytics/cost", DAY).json()["data_refreshed_at"])

    assert mark() == "2026-11-23T09:00:00Z"
    server.behaviour.clock = lambda: datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert mark() == "2026-11-23T00:00:00Z"
    server.behaviour.data_refreshed_at = datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert mark() == "2026-11-22T08:00:00Z"
    server.behaviour.moving_watermark = True
    assert mark() != mark()


def test_an_app_keeps_its_behaviour_and_another_server_its_own(company: Organisation) -> None:
    knobs = Behaviour(overlap=0.0)
    assert app(company, knobs).state.behaviour is knobs
    with serve(company, knobs) as one, serve(company) as other:
        assert one.base_url != other.base_url
        assert one.behaviour.overlap == 0.0
        assert other.behaviour.overlap == 1.0
        assert httpx.get(one.base_url).status_code == 401
        assert len(one.requests) == 1
        assert other.requests == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(one.base_url)


def test_a_true_answer_may_be_changed_or_come_in_drips(get: Get, server: Server) -> None:
    true = get("/me").json()
    server.behaviour.faults += [
        Fault("*", kind="edit", edit=lambda body: body.replace(b'"id"', b'"nr"', 1)),
        Fault("*", nth=2, kind="drip", every=0.0),
    ]
    assert get("/me").json() == {("nr" if k == "id" else k): v for k, v in true.items()}
    assert get("/me").json() == true
