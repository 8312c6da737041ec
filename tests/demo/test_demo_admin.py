"""`cost_report`, `usage_report/messages`, `usage_report/claude_code` as the Admin API has them."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from core.calendar import Span
from core.demo import Organisation, Server
from core.money import from_cents

Get = Callable[..., httpx.Response]
Pages = Callable[..., list[dict[str, Any]]]
SPAN = Span(date(2026, 10, 10), date(2026, 11, 23))
RANGE = {"starting_at": "2026-10-10T00:00:00Z", "ending_at": "2026-11-23T00:00:00Z"}
FAST = "fast-mode-2026-02-01"
COST_KEYS = {
    "amount", "currency", "workspace_id", "cost_type", "description", "model", "token_type",
    "context_window", "service_tier", "inference_geo",
}  # fmt: skip


def _buckets(pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [bucket for page in pages for bucket in page["data"]]


def _geo(value: str | None) -> str:
    return value or "not_available"


def test_cost_by_workspace_and_description_is_the_truth(
    pages: Pages, company: Organisation
) -> None:
    params = RANGE | {"group_by[]": ["workspace_id", "description"], "limit": 31}
    found = pages("/cost_report", params)
    assert [len(page["data"]) for page in found] == [31, 13]
    amounts: dict[tuple[Any, ...], int] = defaultdict(int)
    for bucket in _buckets(found):
        for row in bucket["results"]:
            assert set(row) == COST_KEYS
            token = row["cost_type"] == "tokens"
            assert (row["model"] is None) is not token
            assert row["service_tier"] in ({"standard", "batch"} if token else {None})
            day = date.fromisoformat(bucket["starting_at"][:10])
            where = row["workspace_id"] or company.default_workspace
            amounts[(day, where, row["cost_type"], row["token_type"])] += from_cents(row["amount"])
    by = ("day", "workspace_id", "cost_type", "token_type")
    truth = company.truth("platform", by, SPAN).select(*by, "amount")
    assert amounts == {row[:-1]: row[-1] for row in truth.iter_rows()}


def test_rows_of_cost_differ_in_their_structured_fields_or_their_text(pages: Pages) -> None:
    params = RANGE | {"group_by[]": ["workspace_id", "description"], "limit": 31}
    for bucket in _buckets(pages("/cost_report", params)):
        keys = [tuple(v for k, v in row.items() if k != "amount") for row in bucket["results"]]
        assert len(keys) == len(set(keys))
        texts = {row["description"] for row in bucket["results"]}
        assert "Web Search Usage" in texts
        assert "Code Execution Usage" in texts
    assert any("(Fast Mode)" in text for text in texts)


@pytest.mark.parametrize("by", [[], ["workspace_id"], ["description"]])
def test_cost_has_the_same_total_however_it_is_grouped(
    pages: Pages, company: Organisation, by: list[str]
) -> None:
    found = _buckets(pages("/cost_report", RANGE | {"group_by[]": by, "limit": 31}))
    total = sum(from_cents(row["amount"]) for b in found for row in b["results"])
    assert total == company.truth("platform", (), SPAN)["amount"][0]
    if not by:
        assert [len(bucket["results"]) for bucket in found] == [1] * 44
        assert found[0]["results"][0]["description"] is None


def test_cost_pages_hold_seven_days_by_default_oldest_first(get: Get) -> None:
    answer = get("/cost_report", RANGE).json()
    days = [bucket["starting_at"] for bucket in answer["data"]]
    assert days[0] == "2026-10-10T00:00:00Z"
    assert answer["data"][-1]["ending_at"] == "2026-10-17T00:00:00Z"
    assert days == sorted(days)
    assert len(days) == 7
    assert answer["has_more"] is True
    assert set(answer) == {"data", "has_more", "next_page"}


def test_days_before_the_company_began_are_empty_buckets(get: Get) -> None:
    params = {"starting_at": "2025-09-28T00:00:00Z", "ending_at": "2025-10-02T00:00:00Z"}
    data = get("/cost_report", params).json()["data"]
    assert [len(bucket["results"]) for bucket in data] == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-20T00:00:00Z", "2026-11-20T23:59:59Z"),
        ("2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z"),
        ("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
        ("2026-11-23T06:00:00Z", ""),
        ("2026-11-20T00:00:00Z", "2026-11-01T00:00:00Z"),
    ],
)
def test_cost_of_no_whole_day_is_refused_and_not_to_be_retried(
    get: Get, start: str, end: str
) -> None:
    answer = get("/cost_report", {"starting_at": start, "ending_at": end})
    assert answer.status_code == 400
    assert answer.headers["x-should-retry"] == "false"
    message = "Invalid date range: ending date must be after starting date"
    assert answer.json()["error"]["message"] == message


def test_cost_snaps_to_days_and_ends_yesterday(get: Get) -> None:
    params = {"starting_at": "2026-11-20T15:00:00+02:00", "ending_at": "2026-11-26T00:00:00Z"}
    days = [b["starting_at"][:10] for b in get("/cost_report", params).json()["data"]]
    assert days == ["2026-11-20", "2026-11-21", "2026-11-22"]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/cost_report", {}),
        ("/cost_report", {"starting_at": "2026-11-01"}),
        ("/cost_report", {"starting_at": "2026-11-01T00:00:00"}),
        ("/cost_report", {"starting_at": "2026-13-01T00:00:00Z"}),
        ("/cost_report", RANGE | {"limit": 32}),
        ("/cost_report", RANGE | {"limit": 0}),
        ("/cost_report", RANGE | {"limit": "many"}),
        ("/cost_report", RANGE | {"bucket_width": "1h"}),
        ("/cost_report", RANGE | {"group_by[]": "model"}),
        ("/cost_report", RANGE | {"group_by[]": "api_key_id"}),
        ("/cost_report", RANGE | {"page": "page_nonsense"}),
        ("/cost_report", RANGE | {"page": "nonsense"}),
        ("/usage_report/messages", {}),
        ("/usage_report/messages", RANGE | {"limit": 32}),
        ("/usage_report/messages", RANGE | {"bucket_width": "1h", "limit": 169}),
        ("/usage_report/messages", RANGE | {"bucket_width": "1m", "limit": 1441}),
        ("/usage_report/messages", RANGE | {"bucket_width": "1w"}),
        ("/usage_report/messages", RANGE | {"group_by[]": "product"}),
        ("/usage_report/messages", RANGE | {"group_by[]": "speed"}),
        ("/usage_report/messages", RANGE | {"speeds[]": "fast"}),
        ("/usage_report/messages", RANGE | {"service_tiers[]": "express"}),
        ("/usage_report/messages", RANGE | {"models[]": ["m"] * 101}),
        ("/usage_report/claude_code", {}),
        ("/usage_report/claude_code", {"starting_at": "2026-11-01T00:00:00Z"}),
        ("/usage_report/claude_code", {"starting_at": "2026-11-01", "limit": 1001}),
    ],
)
def test_what_the_reports_refuse(get: Get, path: str, params: dict[str, Any]) -> None:
    answer = get(path, params)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_cursor_belongs_to_its_query(get: Get) -> None:
    cursor = get("/cost_report", RANGE).json()["next_page"]
    assert get("/cost_report", RANGE | {"page": cursor}).status_code == 200
    assert get("/cost_report", RANGE | {"page": cursor, "limit": 8}).status_code == 400
    assert get("/usage_report/messages", RANGE | {"page": cursor}).status_code == 400


def test_names_without_brackets_are_ignored(get: Get) -> None:
    grouped = get("/cost_report", RANGE | {"group_by": ["workspace_id", "description"]}).json()
    assert grouped["data"] == get("/cost_report", RANGE).json()["data"]


def _usage(found: list[dict[str, Any]], dims: list[str], field: str) -> dict[tuple[Any, ...], int]:
    sums = {}
    for bucket in _buckets(found):
        for row in bucket["results"]:
            key = (date.fromisoformat(bucket["starting_at"][:10]), *(row[d] for d in dims))
            assert key not in sums
            sums[key] = row[field]
    return {key: value for key, value in sums.items() if value}


@pytest.mark.parametrize(
    "dims",
    [
        [],
        ["api_key_id", "workspace_id", "model", "service_tier", "context_window"],
        ["account_id", "service_account_id", "model", "workspace_id", "inference_geo"],
    ],
)
def test_usage_is_the_truth(pages: Pages, company: Organisation, dims: list[str]) -> None:
    found = pages("/usage_report/messages", RANGE | {"group_by[]": dims, "limit": 31})
    truth = company.truth("platform", ("day", *dims), SPAN)
    expected: dict[tuple[Any, ...], int] = {}
    for row in truth.select("day", *dims, "output_tokens").iter_rows():
        named = dict(zip(dims, row[1:-1], strict=True))
        if named.get("workspace_id") == company.default_workspace:
            named["workspace_id"] = None
        if "inference_geo" in named:
            named["inference_geo"] = _geo(named["inference_geo"])
        if row[-1]:
            expected[(row[0], *named.values())] = row[-1]
    assert _usage(found, dims, "output_tokens") == expected


def test_a_usage_row_has_the_documented_members(get: Get) -> None:
    row = get("/usage_report/messages", RANGE).json()["data"][0]["results"][0]
    assert set(row) == {
        "uncached_input_tokens", "cache_read_input_tokens", "cache_creation", "output_tokens",
        "server_tool_use", "account_id", "api_key_id", "service_account_id", "workspace_id",
        "model", "service_tier", "context_window", "inference_geo",
    }  # fmt: skip
    assert set(row["cache_creation"]) == {
        "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens",
    }  # fmt: skip
    assert row["server_tool_use"]["web_search_requests"] > 0
    fast = get("/usage_report/messages", RANGE, beta=FAST).json()["data"][0]["results"][0]
    assert set(fast) == {*row, "speed"}


def test_usage_takes_five_dimensions_and_no_more(get: Get) -> None:
    six = ["api_key_id", "workspace_id", "model", "service_tier", "context_window", "account_id"]
    answer = get("/usage_report/messages", RANGE | {"group_by[]": six})
    assert answer.status_code == 400
    message = "Cannot specify more than 5 group_by[] dimensions."
    assert answer.json()["error"]["message"] == message


def test_speed_needs_its_beta_header(pages: Pages, company: Organisation) -> None:
    params = RANGE | {"group_by[]": "speed", "limit": 31}
    found = _usage(pages("/usage_report/messages", params, beta=FAST), ["speed"], "output_tokens")
    truth = company.truth("platform", ("day", "speed"), SPAN)
    assert found == {
        (day, speed): tokens
        for day, speed, tokens in truth.select("day", "speed", "output_tokens").iter_rows()
        if tokens
    }
    only = pages("/usage_report/messages", RANGE | {"speeds[]": "fast", "limit": 31}, beta=FAST)
    expected = {(day,): tokens for (day, speed), tokens in found.items() if speed == "fast"}
    assert _usage(only, [], "output_tokens") == expected


@pytest.mark.parametrize(
    ("name", "values", "column", "kept"),
    [
        ("service_tiers[]", ["batch", "priority"], "service_tier", {"batch", "priority"}),
        ("context_window[]", ["200k-1M"], "context_window", {"200k-1M"}),
        ("inference_geos[]", ["us"], "inference_geo", {"us"}),
        ("inference_geos[]", ["not_available", "us"], "inference_geo", {None, "us"}),
        ("models[]", ["claude-opus-5-5"], "model", {"claude-opus-5-5"}),
    ],
)
def test_usage_filters_select(
    pages: Pages, company: Organisation, name: str, values: list[str], column: str, kept: set[Any]
) -> None:
    found = pages("/usage_report/messages", RANGE | {name: values, "limit": 31})
    truth = company.truth("platform", ("day", column), SPAN)
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    for day, value, tokens in truth.select("day", column, "output_tokens").iter_rows():
        if value in kept and tokens:
            sums[(day,)] += tokens
    assert _usage(found, [], "output_tokens") == sums


def test_the_default_workspace_is_null_and_can_be_selected(
    pages: Pages, company: Organisation
) -> None:
    params = RANGE | {"limit": 31, "group_by[]": "workspace_id"}
    params["workspace_ids[]"] = [company.default_workspace, company.estate.workspace("Research")]
    found = _usage(pages("/usage_report/messages", params), ["workspace_id"], "output_tokens")
    assert {key[1] for key in found} == {None, company.estate.workspace("Research")}


def test_hours_and_minutes_sum_to_their_day(get: Get, company: Organisation) -> None:
    day = {"starting_at": "2026-11-19T00:00:00Z", "ending_at": "2026-11-20T00:00:00Z"}
    truth = company.truth("platform", (), Span(date(2026, 11, 19), date(2026, 11, 20)))
    for width, limit, count in (("1h", 24, 24), ("1m", 1440, 1440)):
        data = get("/usage_report/messages", day | {"bucket_width": width, "limit": limit}).json()
        rows = [row for bucket in data["data"] for row in bucket["results"]]
        assert len(data["data"]) == count
        assert sum(row["output_tokens"] for row in rows) == truth["output_tokens"][0]
    assert data["data"][61]["starting_at"] == "2026-11-19T01:01:00Z"


def test_usage_has_nothing_of_today(get: Get, server: Server) -> None:
    server.behaviour.clock = lambda: datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    today = {"starting_at": "2026-11-23T00:00:00Z", "ending_at": "2026-11-24T00:00:00Z"}
    answer = get("/usage_report/messages", today)
    assert answer.json() == {"data": [], "has_more": False, "next_page": None}
    assert get("/usage_report/messages", today | {"bucket_width": "1h"}).json()["data"] == []


def test_claude_code_of_a_day(pages: Pages, company: Organisation) -> None:
    day = Span(date(2026, 11, 19), date(2026, 11, 20))
    found = pages("/usage_report/claude_code", {"starting_at": "2026-11-19", "limit": 3})
    rows = [row for page in found for row in page["data"]]
    assert len(rows) > 6
    keys = [
        (str(row["actor"]), row["terminal_type"], row["is_remote"], row["customer_type"])
        for row in rows
    ]
    assert len(set(keys)) == len(keys)
    actors = {next(reversed(row["actor"])) for row in rows}
    assert actors == {"api_key_name", "email_address"}
    truth = company.truth("platform", ("product", "model"), day)
    tokens: dict[str, int] = defaultdict(int)
    for row in rows:
        assert row["date"] == "2026-11-19T00:00:00Z"
        assert row["organization_id"] == company.platform_id
        for part in row["model_breakdown"]:
            assert isinstance(part["estimated_cost"]["amount"], int)
            tokens[part["model"]] += part["tokens"]["output"]
    assert tokens == {
        model: output
        for product, model, output in truth.select("product", "model", "output_tokens").iter_rows()
        if product == "claude_code"
    }
    assert sum(row["core_metrics"]["lines_of_code"]["added"] for row in rows) > 1000
