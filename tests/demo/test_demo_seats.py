"""The Enterprise reports, activity, groups and limits: defaults, caps, coverage, refusals."""

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import polars as pl
import pytest

from core.calendar import Span
from core.demo import ANALYTICS_KEY, Organisation, Server
from core.money import from_cents

Get = Callable[..., httpx.Response]
Pages = Callable[..., list[dict[str, Any]]]
NEW = "2026-10-21"
RANGE: dict[str, Any] = {
    "starting_at": "2026-10-20T00:00:00Z",
    "ending_at": "2026-11-20T00:00:00Z",
}
SPAN = Span(date(2026, 10, 20), date(2026, 11, 20))
KEY = {"key": ANALYTICS_KEY}


def _results(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for page in found for bucket in page["data"] for row in bucket["results"]]


def _total(company: Organisation) -> int:
    return int(company.truth("enterprise", (), SPAN)["amount"][0])


def _sum(rows: list[dict[str, Any]]) -> int:
    return sum(from_cents(row["amount"]) for row in rows)


@pytest.mark.parametrize("path", ["/analytics/cost_report", "/analytics/usage_report"])
def test_buckets_are_seven_by_default_and_thirty_one_at_most(get: Get, path: str) -> None:
    answer = get(path, RANGE, **KEY).json()
    assert set(answer) == {
        "data", "has_more", "next_page", "data_refreshed_at", "organization_id",
    }  # fmt: skip
    assert answer["organization_id"].startswith("org_")
    assert [len(bucket["results"]) for bucket in answer["data"]] == [1] * 7
    assert len(get(path, RANGE | {"limit": 31}, **KEY).json()["data"]) == 31
    refused = get(path, RANGE | {"limit": 32}, **KEY)
    assert refused.status_code == 400
    message = 'limit must be at most 31 for bucket_width="1d"'
    assert refused.json()["error"]["message"] == message


@pytest.mark.parametrize(("width", "usual", "most"), [("1h", 24, 168), ("1m", 60, 256)])
def test_narrow_buckets_have_their_own_limits(get: Get, width: str, usual: int, most: int) -> None:
    params = RANGE | {"bucket_width": width}
    for path in ("/analytics/cost_report", "/analytics/usage_report"):
        assert len(get(path, params, **KEY).json()["data"]) == usual
        assert get(path, params | {"limit": most + 1}, **KEY).status_code == 400
    assert len(get(path, params | {"limit": most}, **KEY).json()["data"]) == most


def test_empty_buckets_are_there(get: Get) -> None:
    params = {"starting_at": "2026-11-22T00:00:00Z", "ending_at": "2026-11-26T00:00:00Z"}
    data = get("/analytics/cost_report", params, **KEY).json()["data"]
    assert [len(bucket["results"]) for bucket in data] == [1, 0]
    assert data[1]["starting_at"] == "2026-11-23T00:00:00Z"


def test_hours_sum_to_their_day(pages: Pages, company: Organisation) -> None:
    day = {"starting_at": "2026-11-12T00:00:00Z", "ending_at": "2026-11-13T00:00:00Z"}
    found = pages("/analytics/cost_report", day | {"bucket_width": "1h", "limit": 10}, **KEY)
    truth = company.truth("enterprise", (), Span(date(2026, 11, 12), date(2026, 11, 13)))
    assert [len(page["data"]) for page in found] == [10, 10, 4]
    assert _sum(_results(found)) == truth["amount"][0]


@pytest.mark.parametrize("by", [[], ["product"], ["model", "cost_type", "token_type"]])
def test_groups_sum_to_the_total_while_nothing_is_cut_off(
    pages: Pages, company: Organisation, by: list[str]
) -> None:
    found = pages("/analytics/cost_report", RANGE | {"group_by[]": by}, **KEY)
    assert _sum(_results(found)) == _total(company)


def test_a_bucket_holds_the_biggest_groups_and_no_remainder(
    pages: Pages, server: Server, company: Organisation
) -> None:
    params = RANGE | {"group_by[]": ["product", "model"], "limit": 31}
    everything = pages("/analytics/cost_report", params, **KEY)
    server.behaviour.group_cap = 5
    capped = pages("/analytics/cost_report", params, **KEY)
    for whole, part in zip(everything[0]["data"], capped[0]["data"], strict=True):
        assert part["results"] == whole["results"][:5]
        amounts = [from_cents(row["amount"]) for row in whole["results"]]
        assert amounts == sorted(amounts, reverse=True)
    assert _sum(_results(capped)) < _total(company)
    fanned = params | {"group_by[]": ["product", "model", "cost_type", "token_type"]}
    assert _sum(_results(pages("/analytics/cost_report", fanned, **KEY))) == _sum(_results(capped))


def test_rows_have_the_documented_members(get: Get) -> None:
    dims = {
        "product", "model", "context_window", "inference_geo", "speed", "rbac_group_id",
        "slack_channel_id", "claude_tag_category", "claude_tag_user_id",
    }  # fmt: skip
    money = {"amount", "list_amount", "currency", "requests", "cost_type", "token_type"}
    tokens = {
        "uncached_input_tokens", "cache_creation", "cache_read_input_tokens", "output_tokens",
        "server_tool_use", "requests",
    }  # fmt: skip
    user = {"actor", "starting_at", "ending_at"}
    params = RANGE | {"limit": 1}

    def row(path: str) -> dict[str, Any]:
        first: dict[str, Any] = get(path, params, **KEY).json()["data"][0]
        return first if "user" in path else first["results"][0]

    assert set(row("/analytics/cost_report")) == dims | money
    assert set(row("/analytics/usage_report")) == dims | tokens
    assert set(row("/analytics/user_cost_report")) == dims | money | user
    assert set(row("/analytics/user_usage_report")) == dims | tokens | user | {"total_tokens"}


def test_claude_tag_is_spelled_with_a_hyphen(get: Get) -> None:
    params = RANGE | {"group_by[]": ["product", "claude_tag_category"], "limit": 31}
    rows = _results([get("/analytics/cost_report", params, **KEY).json()])
    categories = {r["claude_tag_category"] for r in rows if r["product"] == "claude-tag"}
    assert categories == {"dm", "engaged", "monitoring", "proactive", "scheduled"}
    only = get("/analytics/cost_report", RANGE | {"products[]": "claude-tag"}, **KEY)
    assert only.status_code == 200
    wrong = get("/analytics/cost_report", RANGE | {"products[]": "claude_tag"}, **KEY)
    assert wrong.status_code == 400


def test_user_rows_are_twenty_by_default_biggest_first_without_bounds(get: Get) -> None:
    answer = get("/analytics/user_cost_report", RANGE, **KEY).json()
    amounts = [from_cents(row["amount"]) for row in answer["data"]]
    assert len(amounts) == 20
    assert answer["has_more"] is True
    assert amounts == sorted(amounts, reverse=True)
    assert {row["starting_at"] for row in answer["data"]} == {None}


def test_users_and_nobody_make_the_organization(pages: Pages, company: Organisation) -> None:
    params = RANGE | {"bucket_width": "1d", "limit": 1000, "group_by[]": ["product", "model"]}
    found = pages("/analytics/user_cost_report", params, **KEY)
    rows = [row for page in found for row in page["data"]]
    assert all(len(page["data"]) == 1000 for page in found[:-1])
    assert {row["actor"]["type"] for row in rows} == {"user_actor"}
    nobody = company.facts.filter(
        pl.col("side") == "enterprise", pl.col("day").is_in(list(SPAN)), pl.col("actor").is_null()
    )
    assert _sum(rows) + nobody["amount"].sum() == _total(company)
    assert set(nobody["product"]) == {"claude_code", "claude_tag", "other"}


def test_users_by_component_and_by_id(pages: Pages, company: Organisation) -> None:
    jane = company.people[0].id
    params = RANGE | {"user_ids[]": jane, "limit": 2}
    params |= {"group_by[]": ["product", "cost_type", "token_type"]}
    rows = [row for page in pages("/analytics/user_cost_report", params, **KEY)
            for row in page["data"]]  # fmt: skip
    truth = company.truth("enterprise", ("actor", "product", "cost_type", "token_type"), SPAN)
    mine = truth.filter(pl.col("actor") == jane).select(
        "product", "cost_type", "token_type", "amount"
    )
    assert {
        (r["product"], r["cost_type"], r["token_type"], from_cents(r["amount"])) for r in rows
    } == set(mine.iter_rows())
    assert {row["actor"]["user_id"] for row in rows} == {jane}


def test_the_unusual_users(pages: Pages, company: Organisation) -> None:
    year = {"starting_at": "2026-05-20T00:00:00Z", "ending_at": "2026-06-18T00:00:00Z"}
    rows = [r for p in pages("/analytics/user_usage_report", year | {"limit": 1000}, version=NEW,
                             **KEY) for r in p["data"]]  # fmt: skip
    actors = {row["actor"]["user_id"]: row["actor"] for row in rows}
    removed, erased, nameless = (company.people[n] for n in (31, 57, 64))
    assert actors[removed.id]["deleted"] is True
    assert actors[removed.id]["email_address"] == removed.email
    assert actors[erased.id] == {
        "type": "user_actor", "user_id": erased.id, "email_address": None,
        "name": "Deleted User", "deleted": True,
    }  # fmt: skip
    assert actors[nameless.id]["name"] is None
    autumn = [r for p in pages("/analytics/user_cost_report", RANGE | {"limit": 1000}, version=NEW,
                               **KEY) for r in p["data"]]  # fmt: skip
    service = next(r["actor"] for r in autumn if r["actor"]["name"] == "Claude Security")
    assert service["email_address"] is None
    old = get_first(pages, "2023-06-01")
    assert "email" in old["actor"]
    assert "email_address" not in old["actor"]


def get_first(pages: Pages, version: str) -> dict[str, Any]:
    found = pages("/analytics/user_cost_report", RANGE | {"limit": 1000}, version=version, **KEY)
    first: dict[str, Any] = found[0]["data"][0]
    return first


def test_deleted_users_can_be_left_out(pages: Pages) -> None:
    params = {"starting_at": "2026-02-20T00:00:00Z", "ending_at": "2026-03-20T00:00:00Z"}
    every = pages("/analytics/user_cost_report", params | {"limit": 1000}, **KEY)
    some = pages("/analytics/user_cost_report",
                 params | {"limit": 1000, "exclude_deleted_users": "true"}, **KEY)  # fmt: skip
    gone = [row for row in every[0]["data"] if row["actor"]["deleted"]]
    assert len(gone) == 6
    assert len(some[0]["data"]) == len(every[0]["data"]) - 6


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/analytics/cost_report", {}),
        ("/analytics/cost_report", {"starting_at": "2025-12-31T00:00:00Z"}),
        ("/analytics/cost_report", RANGE | {"ending_at": "2026-11-20T00:00:01Z"}),
        ("/analytics/cost_report", RANGE | {"bucket_width": "1w"}),
        ("/analytics/cost_report", RANGE | {"group_by[]": "workspace_id"}),
        ("/analytics/cost_report", RANGE | {"group_by[]": "actor"}),
        ("/analytics/usage_report", RANGE | {"group_by[]": "token_type"}),
        ("/analytics/usage_report", RANGE | {"speeds[]": "slow"}),
        ("/analytics/usage_report", RANGE | {"page": "page_x"}),
        ("/analytics/user_cost_report", RANGE | {"limit": 1001}),
        ("/analytics/user_cost_report", RANGE | {"order_by": "time"}),
        (
            "/analytics/user_cost_report",
            {"starting_at": "2026-11-01T00:00:00Z", "bucket_width": "1d"},
        ),
        ("/analytics/user_usage_report", RANGE | {"bucket_width": "1m"}),
        ("/analytics/user_usage_report", RANGE | {"group_by[]": "cost_type"}),
        (
            "/analytics/user_usage_report",
            RANGE | {"group_by[]": ["rbac_group_id", "claude_tag_user_id"]},
        ),
        ("/analytics/users", {}),
        ("/analytics/users", {"date": "2026-11-01", "starting_date": "2026-11-01"}),
        ("/analytics/users", {"date": "2026-11-01", "ending_date": "2026-11-03"}),
        ("/analytics/users", {"date": "2025-12-31"}),
        ("/analytics/users", {"date": "01.11.2026"}),
        ("/analytics/users", {"date": "2026-11-01", "limit": 1001}),
        ("/analytics/users", {"date": "2026-11-01", "group_by[]": "product"}),
        ("/analytics/users", {"date": "2026-11-01", "filter[]": "product:chat"}),
        ("/analytics/users", {"starting_date": "2026-11-01", "ending_date": "2026-11-24"}),
        ("/analytics/summaries", {}),
        ("/analytics/summaries", {"starting_date": "2026-11-10", "ending_date": "2026-11-10"}),
        ("/analytics/summaries", {"starting_date": "2026-11-10", "filter[]": "user_id:user_x"}),
        ("/spend_limits/effective", {"period[]": "yearly"}),
    ],
)
def test_what_is_refused(get: Get, path: str, params: dict[str, Any]) -> None:
    answer = get(path, params, **KEY)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_day_that_is_not_ready_names_the_newest_one(get: Get) -> None:
    answer = get("/analytics/users", {"date": "2026-11-23"}, **KEY)
    assert answer.status_code == 400
    assert "2026-11-22" in answer.json()["error"]["message"]


def test_activity_of_a_range_is_the_sum_of_its_days(get: Get) -> None:
    def commits(**params: str) -> dict[str, int]:
        rows = get("/analytics/users", {"limit": 1000} | params, **KEY).json()
        assert set(rows) == {"data", "next_page"}
        return {
            row["user"]["id"]: row["claude_code_metrics"]["core_metrics"]["commit_count"]
            for row in rows["data"]
        }

    days = [commits(date=f"2026-11-{day:02d}") for day in range(9, 14)]
    summed: dict[str, int] = {}
    for day in days:
        for user, count in day.items():
            summed[user] = summed.get(user, 0) + count
    assert commits(starting_date="2026-11-09", ending_date="2026-11-14") == summed
    assert sum(summed.values()) > 200


def test_activity_by_group_and_by_person(get: Get, company: Organisation) -> None:
    day = {"date": "2026-11-19", "limit": 1000}
    groups = get("/analytics/users", day | {"group_by[]": "rbac_group_id"}, **KEY).json()["data"]
    assert {row["rbac_group_name"] for row in groups} <= {g.name for g in company.groups}
    assert all(row["user"] is None and row["distinct_user_count"] > 0 for row in groups)
    everybody = get("/analytics/users", day, **KEY).json()["data"]
    one = everybody[0]["user"]["id"]
    rows = get("/analytics/users", day | {"filter[]": f"user_id:{one}"}, **KEY).json()["data"]
    assert rows == everybody[:1]
    team = company.groups[0]
    rows = get("/analytics/users", day | {"filter[]": f"rbac_group_id:{team.id}"}, **KEY).json()
    members = {company.people[n].id for n in team.members}
    assert {row["user"]["id"] for row in rows["data"]} == members & {
        row["user"]["id"] for row in everybody
    }
    project = day | {"filter[]": "project_id:claude_proj_x"}
    assert get("/analytics/users", project, **KEY).json()["data"] == []


def test_summaries_have_their_old_and_their_new_envelope(get: Get, company: Organisation) -> None:
    params = {"starting_date": "2026-11-01", "ending_date": "2026-11-08"}
    old = get("/analytics/summaries", params, **KEY).json()
    new = get("/analytics/summaries", params, version=NEW, **KEY).json()
    assert set(old) == {"summaries"}
    assert set(new) == {"data", "next_page"}
    assert old["summaries"] == new["data"]
    day = new["data"][3]
    truth = company.facts.filter(
        pl.col("side") == "enterprise", pl.col("day") == date(2026, 11, 4)
    )["actor"].drop_nulls()
    people = set(truth) - {"user_01ClaudeSecurityService"}
    assert day["daily_active_user_count"] == len(people)
    assert day["daily_adoption_rate"] == pytest.approx(
        len(people) / day["assigned_seat_count"] * 100, abs=0.01
    )
    scoped = params | {"filter[]": f"rbac_group_id:{company.groups[2].id}"}
    row = get("/analytics/summaries", scoped, version=NEW, **KEY).json()["data"][3]
    assert row["assigned_seat_count"] is None
    assert row["daily_adoption_rate"] is None
    assert 0 < row["daily_active_user_count"] <= 14


def test_limits_by_member_and_period(get: Get, company: Organisation) -> None:
    some = [company.people[n].id for n in (0, 4, 140)]
    answer = get("/spend_limits/effective", {"user_ids[]": some}, **KEY).json()
    assert set(answer) == {"data", "next_page"}
    rows = {row["actor"]["user_id"]: row for row in answer["data"]}
    assert set(rows) == set(some)
    assert rows[some[2]]["amount"] is None
    assert rows[some[1]]["source"]["type"] == "user"
    assert rows[some[0]]["source"] == {"type": "seat_tier", "seat_tier": "enterprise_standard"}
    daily = get("/spend_limits/effective", {"period[]": "daily"}, **KEY).json()
    assert daily == {"data": [], "next_page": None}


def test_members_of_a_group_and_of_none(get: Get, company: Organisation) -> None:
    assert get("/rbac_groups/rbac_group_x/members", **KEY).status_code == 404
    first = get(f"/rbac_groups/{company.groups[0].id}/members", {"limit": 5}, **KEY).json()
    assert len(first["data"]) == 5
    assert first["has_more"] is True
