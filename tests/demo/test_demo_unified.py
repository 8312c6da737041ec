"""`analytics/cost` and `analytics/usage`: defaults, limits, order, fan-out, filters, refusals."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx
import polars as pl
import pytest

from core.calendar import Span
from core.demo import ANALYTICS_KEY, PLATFORM_KEY, Organisation, Server
from core.demo.shape import DIMENSIONS
from core.money import from_cents

Get = Callable[..., httpx.Response]
Pages = Callable[..., list[dict[str, Any]]]
WEEK: dict[str, Any] = {
    "starting_at": "2026-11-09T00:00:00Z",
    "ending_at": "2026-11-16T00:00:00Z",
    "time_bucket_width": "1d",
}
SPAN = Span(date(2026, 11, 9), date(2026, 11, 16))
RANGE = {name: value for name, value in WEEK.items() if name != "time_bucket_width"}


def _rows(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for page in found for row in page["data"]]


def _sum(rows: list[dict[str, Any]], name: str = "amount") -> int:
    return sum(from_cents(row["cost"][name]) for row in rows)


def _total(company: Organisation, side: Any = "platform") -> int:
    return int(company.truth(side, (), SPAN)["amount"][0])


def test_a_row_has_every_dimension_null_unless_grouped(get: Get) -> None:
    cost = get("/analytics/cost", WEEK | {"group_by[]": "model"}).json()
    assert set(cost) == {"data", "has_more", "next_page", "data_refreshed_at"}
    row = cost["data"][0]
    dims = {*DIMENSIONS, "rbac_group_id"}
    assert set(row) == {"starting_at", "ending_at", "group", "cost"}
    assert set(row["group"]) == dims | {"cost_type", "token_type"}
    assert [name for name, value in row["group"].items() if value is not None] == ["model"]
    assert set(row["cost"]) == {"amount", "list_amount", "currency", "requests"}
    assert row["cost"]["amount"].partition(".")[2].isdigit()
    assert len(row["cost"]["amount"].partition(".")[2]) == 6
    assert from_cents(row["cost"]["list_amount"]) > from_cents(row["cost"]["amount"])
    usage = get("/analytics/usage", WEEK).json()["data"][0]
    assert set(usage["group"]) == dims
    assert set(usage["usage"]) == {
        "uncached_input_tokens", "cache_creation", "cache_read_input_tokens", "output_tokens",
        "total_tokens", "requests", "server_tool_use",
    }  # fmt: skip


def test_pages_hold_twenty_rows_by_default_biggest_first(get: Get) -> None:
    answer = get("/analytics/cost", WEEK | {"group_by[]": ["api_key_id", "model"]}).json()
    amounts = [from_cents(row["cost"]["amount"]) for row in answer["data"]]
    assert len(amounts) == 20
    assert answer["has_more"] is True
    assert amounts == sorted(amounts, reverse=True)


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize(
    ("path", "metric", "order_by"),
    [
        ("/analytics/cost", "amount", "amount"),
        ("/analytics/cost", "list_amount", "list_amount"),
        ("/analytics/usage", "total_tokens", "total_tokens"),
        ("/analytics/usage", "output_tokens", "output_tokens"),
        ("/analytics/usage", "uncached_input_tokens", "uncached_input_tokens"),
        ("/analytics/usage", "requests", "requests"),
    ],
)
def test_rows_are_ranked_as_asked(
    get: Get, path: str, metric: str, order_by: str, order: str
) -> None:
    params = WEEK | {"group_by[]": "model", "limit": 1000, "order": order, "order_by": order_by}
    rows = [row.get("cost", row.get("usage")) for row in get(path, params).json()["data"]]
    values = [float(row[metric]) for row in rows]
    assert values == sorted(values, reverse=order == "desc")


@pytest.mark.parametrize(("order", "days"), [("asc", 1), ("desc", -1)])
def test_order_by_time_goes_by_day_and_then_by_size(get: Get, order: str, days: int) -> None:
    params = WEEK | {"group_by[]": "model", "limit": 1000, "order": order, "order_by": "time"}
    rows = get("/analytics/cost", params).json()["data"]
    keys = [
        (days * datetime.fromisoformat(row["starting_at"]).timestamp(),
         -from_cents(row["cost"]["amount"]))
        for row in rows
    ]  # fmt: skip
    assert keys == sorted(keys)
    assert len(keys) > 30


def test_without_buckets_a_row_covers_the_range_in_whole_hours(
    get: Get, company: Organisation
) -> None:
    params = {"starting_at": "2026-11-09T00:20:00Z", "ending_at": "2026-11-16T00:40:00Z"}
    rows = get("/analytics/cost", params).json()["data"]
    assert [(row["starting_at"], row["ending_at"]) for row in rows] == [
        ("2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z")
    ]
    assert _sum(rows) == _total(company)
    timed = get("/analytics/cost", RANGE | {"group_by[]": "model", "order_by": "time"}).json()
    assert timed["data"] == get("/analytics/cost", RANGE | {"group_by[]": "model"}).json()["data"]


def test_hours_sum_to_days_and_minutes_to_hours(pages: Pages, company: Organisation) -> None:
    hours = {"starting_at": "2026-11-12T00:00:00Z", "ending_at": "2026-11-13T00:00:00Z"}
    how = {"time_bucket_width": "1h", "limit": 1000, "group_by[]": ["model", "product"]}
    rows = _rows(pages("/analytics/cost", hours | how))
    day = company.truth("platform", (), Span(date(2026, 11, 12), date(2026, 11, 13)))
    assert _sum(rows) == day["amount"][0]
    assert _sum(rows, "list_amount") == day["list_amount"][0]
    noon = {"starting_at": "2026-11-12T12:00:00Z", "ending_at": "2026-11-12T13:00:00Z"}
    minutes = _rows(pages("/analytics/cost", noon | {"time_bucket_width": "1m", "limit": 1000}))
    assert len(minutes) == 60
    assert _sum(minutes) == _sum(
        [row for row in rows if row["starting_at"] == "2026-11-12T12:00:00Z"]
    )


def test_a_range_without_data_has_no_rows(get: Get) -> None:
    today = {"starting_at": "2026-11-23T00:00:00Z", "ending_at": "2026-11-23T11:00:00Z"}
    answer = get("/analytics/cost", today).json()
    assert (answer["data"], answer["has_more"], answer["next_page"]) == ([], False, None)


@pytest.mark.parametrize(
    ("fans", "kinds"),
    [
        (["cost_type"], {("tokens", None), ("web_search", None), ("code_execution", None),
                         ("session_usage", None)}),
        (["token_type"], {("tokens", name) for name in (
            "uncached_input_tokens", "cache_read_input_tokens", "output_tokens",
            "cache_creation.ephemeral_5m_input_tokens",
            "cache_creation.ephemeral_1h_input_tokens")}),
    ],
)  # fmt: skip
def test_one_fan_alone(
    get: Get, company: Organisation, fans: list[str], kinds: set[tuple[str, str | None]]
) -> None:
    rows = get("/analytics/cost", WEEK | {"group_by[]": fans, "limit": 1000}).json()["data"]
    found = {(row["group"]["cost_type"], row["group"]["token_type"]) for row in rows}
    assert found == kinds
    assert {row["cost"]["requests"] for row in rows} == {None}
    by_kind = company.truth("platform", ("cost_type",), SPAN)
    tokens = by_kind.filter(pl.col("cost_type") == "tokens")["amount"][0]
    assert _sum(rows) == (tokens if fans == ["token_type"] else _total(company))


def test_fanned_rows_stay_together_and_do_not_count(get: Get, pages: Pages) -> None:
    params = WEEK | {"group_by[]": ["api_key_id", "cost_type", "token_type"], "limit": 3}
    first = get("/analytics/cost", params).json()["data"]
    keys = [(row["starting_at"], row["group"]["api_key_id"]) for row in first]
    assert len(keys) > 3
    assert len(set(keys)) == 3
    assert keys == sorted(keys, key=keys.index)
    everything = _rows(pages("/analytics/cost", params | {"limit": 500}))
    plain = _rows(pages("/analytics/cost", WEEK | {"group_by[]": "api_key_id", "limit": 500}))
    assert _sum(everything) == _sum(plain)


@pytest.mark.parametrize(
    ("name", "values", "where"),
    [
        ("products[]", ["messages_api", "claude_code"],
         pl.col("product").is_in(["messages_api", "claude_code"])),
        ("models[]", ["claude-opus-5-5"], pl.col("model") == "claude-opus-5-5"),
        ("service_tiers[]", ["batch"], pl.col("service_tier") == "batch"),
        ("context_windows[]", ["200k-1M"], pl.col("context_window") == "200k-1M"),
        ("inference_geos[]", ["us"], pl.col("inference_geo") == "us"),
        ("inference_geos[]", ["not_available"], pl.col("inference_geo").is_null()),
        ("speeds[]", ["fast"], pl.col("speed") == "fast"),
        ("actor_types[]", ["service_account_actor", "federated_actor"],
         pl.col("actor_type").is_in(["service_account_actor", "federated_actor"])),
        ("api_key_ids[]", [""], pl.col("api_key_id").is_null()),
        ("slack_channel_ids[]", ["C1"], pl.lit(value=False)),
    ],
)  # fmt: skip
def test_filters_select(
    get: Get, company: Organisation, name: str, values: list[str], where: pl.Expr
) -> None:
    facts = company.facts.filter(
        pl.col("side") == "platform", pl.col("day").is_in(list(SPAN)), where
    )
    rows = get("/analytics/cost", RANGE | {name: values}).json()["data"]
    assert _sum(rows) == facts["amount"].sum()
    if rows:
        assert set(rows[0]["group"].values()) == {None}


def test_a_key_selects_all_it_authenticated_and_an_actor_only_its_own(
    get: Get, company: Organisation
) -> None:
    code = company.estate.key("claude_code_key_jane.doe")
    facts = company.facts.filter(pl.col("side") == "platform", pl.col("day").is_in(list(SPAN)))

    def total(**params: Any) -> int:
        named = {f"{name}[]": value for name, value in params.items()}
        return _sum(get("/analytics/cost", RANGE | named).json()["data"])

    by_key = facts.filter(pl.col("api_key_id") == code)["amount"].sum()
    keyless = facts.filter(pl.col("api_key_id").is_null())["amount"].sum()
    assert by_key > 0
    assert total(api_key_ids=code) == by_key
    assert total(api_key_ids=[code, ""]) == by_key + keyless
    assert total(actor_ids=code) == 0
    jane = company.people[0].id
    assert total(actor_ids=jane) == facts.filter(pl.col("actor") == jane)["amount"].sum()


def test_child_organizations_of_the_parent(get: Get, company: Organisation) -> None:
    params = RANGE | {"group_by[]": "organization_id"}
    rows = get("/analytics/cost", params, key=ANALYTICS_KEY).json()["data"]
    found = {row["group"]["organization_id"]: from_cents(row["cost"]["amount"]) for row in rows}
    assert found == {
        company.platform_id: _total(company),
        company.enterprise_id: _total(company, "enterprise"),
    }
    for name in (company.enterprise_id, company.enterprise_tagged):
        only = get("/analytics/cost", RANGE | {"organization_ids[]": name}, key=ANALYTICS_KEY)
        assert _sum(only.json()["data"]) == _total(company, "enterprise")
    assert get("/analytics/cost", params).status_code == 400
    other = RANGE | {"organization_ids[]": "org_other"}
    assert get("/analytics/cost", other, key=ANALYTICS_KEY).json()["data"] == []


def test_workspaces_tell_the_console_from_the_seats(get: Get, company: Organisation) -> None:
    params = RANGE | {"group_by[]": "workspace_id"}
    rows = get("/analytics/cost", params, key=ANALYTICS_KEY).json()["data"]
    seats = [row for row in rows if row["group"]["workspace_id"] is None]
    assert _sum(seats) == _total(company, "enterprise")
    named = {row["group"]["workspace_id"] for row in rows} - {None}
    assert company.default_workspace in named
    assert len(named) == 11  # Marketing Studio is archived


def test_groups_overlap_and_null_is_who_has_none(
    get: Get, server: Server, company: Organisation
) -> None:
    server.behaviour.overlap = 0.0
    params = RANGE | {"group_by[]": "rbac_group_id", "limit": 1000}
    rows = get("/analytics/cost", params, key=ANALYTICS_KEY).json()["data"]
    groups = {row["group"]["rbac_group_id"] for row in rows}
    assert groups == {None, *(group.id for group in company.groups)}
    assert _sum(rows) > _total(company, "enterprise")
    design = next(group for group in company.groups if group.name == "Design")
    ids = [company.people[n].id for n in design.members]
    amount = company.facts.filter(
        pl.col("day").is_in(list(SPAN)), pl.col("side") == "enterprise", pl.col("actor").is_in(ids)
    )["amount"].sum()
    one = get("/analytics/cost", RANGE | {"rbac_group_ids[]": design.id}, key=ANALYTICS_KEY).json()
    assert _sum(one["data"]) == amount
    by_group = {row["group"]["rbac_group_id"]: from_cents(row["cost"]["amount"]) for row in rows}
    assert by_group[design.id] == amount


def test_deleted_users_can_be_left_out_after_paging(get: Get, company: Organisation) -> None:
    spring: dict[str, Any] = {
        "starting_at": "2026-05-01T00:00:00Z", "ending_at": "2026-06-01T00:00:00Z",
        "group_by[]": "actor", "limit": 10, "order_by": "amount",
    }  # fmt: skip
    plain, sparse, page = [], [], None
    for wanted, skip in ((plain, "false"), (sparse, "true")):
        page = None
        while True:
            params = spring | {"exclude_deleted_users": skip} | ({"page": page} if page else {})
            answer = get("/analytics/cost", params, key=ANALYTICS_KEY).json()
            wanted.append([row["group"]["actor"] for row in answer["data"]])
            if (page := answer["next_page"]) is None:
                break
    assert len(plain) == len(sparse)
    gone = [a for rows in plain for a in rows if a and a.get("deleted")]
    assert {actor["user_id"] for actor in gone} >= {company.people[31].id, company.people[57].id}
    assert sum(map(len, sparse)) == sum(map(len, plain)) - len(gone)
    assert min(len(rows) for rows in sparse[:-1]) < 10


@pytest.mark.parametrize(
    ("version", "name"), [("2023-06-01", "email"), ("2026-10-21", "email_address")]
)
def test_actors_are_the_union_of_identities(get: Get, version: str, name: str) -> None:
    params = RANGE | {"group_by[]": "actor", "limit": 1000}
    rows = get("/analytics/cost", params, version=version).json()["data"]
    members = {row["group"]["actor"]["type"]: set(row["group"]["actor"]) for row in rows}
    assert members == {
        "user_actor": {"type", "user_id", name, "name", "deleted"},
        "api_actor": {"type", "api_key_id"},
        "service_account_actor": {"type", "service_account_id"},
        "federated_actor": {"type", "provider", "subject"},
    }


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"starting_at": "2026-11-01"},
        {"starting_at": "2026-11-01T00:00:00"},
        {"starting_at": "2025-12-31T23:59:59Z"},
        {"starting_at": "2026-11-01T00:00:00Z", "time_bucket_width": "1d"},
        {"starting_at": "2026-11-02T00:00:00Z", "ending_at": "2026-11-01T00:00:00Z"},
        {"starting_at": "2026-10-01T00:00:00Z", "ending_at": "2026-11-01T00:00:01Z"},
        WEEK | {"time_bucket_width": "1m"},
        WEEK | {"time_bucket_width": "1w"},
        WEEK | {"limit": 1001},
        WEEK | {"limit": 0},
        WEEK | {"order": "up"},
        WEEK | {"order_by": "price"},
        WEEK | {"group_by[]": "user_id"},
        WEEK | {"group_by[]": "description"},
        WEEK | {"group_by[]": ["actor", "model", "product", "speed", "session_id", "agent_id"]},
        WEEK | {"group_by[]": ["claude_tag_user_id", "rbac_group_id"]},
        WEEK | {"group_by[]": "claude_tag_user_id", "rbac_group_ids[]": "rbac_group_x"},
        WEEK | {"exclude_deleted_users": "true"},
        WEEK | {"products[]": "claude-tag"},
        WEEK | {"actor_types[]": "robot"},
        WEEK | {"page": "page_x"},
    ],
)
@pytest.mark.parametrize("path", ["/analytics/cost", "/analytics/usage"])
def test_what_is_refused(get: Get, path: str, params: dict[str, Any]) -> None:
    for key in (PLATFORM_KEY, ANALYTICS_KEY):
        answer = get(path, params, key=key)
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"


def test_components_are_for_cost_only(get: Get) -> None:
    params = WEEK | {"group_by[]": "token_type"}
    assert get("/analytics/cost", params).status_code == 200
    assert get("/analytics/usage", params).status_code == 400


def test_five_dimensions_do_not_count_the_components(get: Get) -> None:
    dims = ["actor", "model", "product", "speed", "session_id", "cost_type", "token_type"]
    assert get("/analytics/cost", WEEK | {"group_by[]": dims}).status_code == 200


def test_no_day_is_older_than_a_year(get: Get, server: Server) -> None:
    server.behaviour.clock = lambda: datetime(2027, 3, 1, 12, tzinfo=UTC)
    inside = {"starting_at": "2026-03-01T12:00:00Z", "ending_at": "2026-03-02T00:00:00Z"}
    assert get("/analytics/cost", inside).status_code == 200
    outside = inside | {"starting_at": "2026-03-01T11:59:59Z"}
    assert "365" in get("/analytics/cost", outside).json()["error"]["message"]
