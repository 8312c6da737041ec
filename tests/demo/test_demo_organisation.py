from datetime import date, timedelta
from fractions import Fraction

import polars as pl
import pytest

from core.calendar import Span, now
from core.demo import Organisation, organisation
from core.demo.shape import (
    AMOUNTS,
    CENT_STEP,
    COMPONENTS,
    COUNTERS,
    DIMENSIONS,
    EXTRAS,
    LIST_AMOUNTS,
    TOKEN_TYPES,
)

TODAY = date(2026, 11, 23)
DOLLAR = 10**10


def _november(company: Organisation, side: str) -> pl.DataFrame:
    return company.facts.filter(pl.col("side") == side, pl.col("day") >= date(2026, 11, 1))


def test_the_same_seed_and_day_give_the_same_facts(company: Organisation) -> None:
    from core.demo.organisation import _build

    again = _build.__wrapped__(7, TODAY, True)
    assert again.facts.equals(company.facts)
    assert again.people == company.people
    assert again.estate == company.estate


def test_another_seed_gives_another_company(company: Organisation) -> None:
    other = organisation(8, TODAY)
    assert not other.facts["amount"].equals(company.facts["amount"])
    assert {p.id for p in other.people}.isdisjoint({p.id for p in company.people})


def test_yesterday_does_not_change_when_today_is_added(company: Organisation) -> None:
    earlier = organisation(7, date(2026, 11, 3))
    shared = company.facts.filter(pl.col("day") < date(2026, 11, 3))
    assert earlier.facts.equals(shared)


def test_data_end_yesterday_and_begin_where_the_api_would(company: Organisation) -> None:
    days = company.facts.group_by("side").agg(
        pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
    )
    found = {side: (first, last) for side, first, last in days.iter_rows()}
    assert found == {
        "platform": (date(2025, 10, 1), date(2026, 11, 22)),
        "enterprise": (date(2026, 1, 1), date(2026, 11, 22)),
    }
    assert company.span == Span(date(2025, 10, 1), TODAY)


def test_without_a_day_the_company_ends_yesterday_by_the_clock() -> None:
    today = now().date()
    living = organisation()
    assert living.facts["day"].max() in {today - timedelta(days=1), today - timedelta(days=2)}
    assert not living.fixed


def test_the_company_has_the_size_it_says(company: Organisation) -> None:
    assert len(company.people) == 156
    assert sum(person.present(TODAY) for person in company.people) == 150
    assert len(company.estate.workspaces) == 12
    assert len(company.estate.keys) == 40
    statuses = [key.status(TODAY) for key in company.estate.keys]
    counted = {status: statuses.count(status) for status in set(statuses)}
    assert counted == {"active": 30, "inactive": 3, "archived": 4, "expired": 3}
    assert len({person.email for person in company.people}) == 156


@pytest.mark.parametrize(
    ("side", "month", "least", "most"),
    [
        ("enterprise", date(2026, 10, 1), 60_000, 120_000),
        ("platform", date(2025, 10, 1), 40_000, 90_000),
        ("platform", date(2026, 10, 1), 80_000, 150_000),
    ],
)
def test_a_month_costs_what_is_plausible(
    company: Organisation, side: str, month: date, least: int, most: int
) -> None:
    span = Span(month, date(month.year, month.month + 1, 1))
    spent = company.truth(side, (), span)["amount"][0]  # type: ignore[arg-type]
    assert least * DOLLAR < spent < most * DOLLAR


@pytest.mark.parametrize(
    ("side", "column", "values"),
    [
        ("platform", "service_tier", {"standard", "batch", "priority", None}),
        ("platform", "speed", {"standard", "fast", None}),
        ("platform", "context_window", {"0-200k", "200k-1M", None}),
        ("platform", "inference_geo", {"global", "us", None}),
        (
            "platform",
            "actor_type",
            {"api_actor", "user_actor", "service_account_actor", "federated_actor"},
        ),
        (
            "platform",
            "product",
            {"messages_api", "message_batches_api", "claude_code", "managed_agents_api"}
            | {"claude_console", None},
        ),
        ("enterprise", "actor_type", {"user_actor", None}),
        ("enterprise", "workspace_id", {None}),
        ("enterprise", "service_tier", {None}),
        ("enterprise", "claude_tag_category", {"dm", "engaged", "monitoring", "proactive"}
         | {"scheduled", None}),
        (
            "enterprise",
            "product",
            {"chat", "claude_code", "cowork", "office_agent", "claude_in_chrome", "claude_design"}
            | {"claude_tag", "chat_cowork_unified", "cc_security_autopatch", "other", None},
        ),
    ],
)  # fmt: skip
def test_november_has_everything_that_the_api_can_report(
    company: Organisation, side: str, column: str, values: set[str | None]
) -> None:
    assert set(_november(company, side)[column].unique()) == values


def test_claude_code_is_on_both_sides_and_keyless_usage_on_the_console(
    company: Organisation,
) -> None:
    code = company.facts.filter(pl.col("product") == "claude_code")
    assert set(code["side"]) == {"platform", "enterprise"}
    assert set(code.filter(pl.col("side") == "enterprise")["workspace_id"]) == {None}
    console = code.filter(pl.col("side") == "platform")
    assert console["api_key_id"].null_count() not in {0, len(console)}
    assert set(console["workspace_id"]) == {company.estate.workspace("Claude Code")}
    bench = company.facts.filter(pl.col("product") == "claude_console")
    assert set(bench["api_key_id"]) == {None}
    assert set(bench["workspace_id"]) == {company.default_workspace}


def test_priority_tokens_are_used_and_not_billed(company: Organisation) -> None:
    priority = company.facts.filter(pl.col("service_tier") == "priority")
    assert priority.select(pl.sum_horizontal(TOKEN_TYPES).min())[0, 0] > 0
    assert priority["list_amount"].sum() == 0


def test_code_and_sessions_cost_without_tokens(company: Organisation) -> None:
    for component in ("code_execution", "session_usage"):
        rows = company.facts.filter(pl.col(f"amount:{component}") > 0)
        assert len(rows) > 300
        assert rows.select(pl.sum_horizontal(TOKEN_TYPES).sum())[0, 0] == 0
        assert set(rows["model"]) == {None}
    agents = company.facts.filter(pl.col("product") == "managed_agents_api")
    assert agents["session_id"].null_count() == 0
    assert agents["session_id"].n_unique() == agents["day"].n_unique()


def test_the_leaked_key_spikes_and_then_is_silent(company: Organisation) -> None:
    key = company.estate.key("research-sandbox")
    spent = company.truth("platform", ("day", "api_key_id"), Span(date(2026, 9, 1), TODAY))
    rows = spent.filter(pl.col("api_key_id") == key)
    usual = rows.filter(pl.col("day") < date(2026, 10, 8))["amount"].mean()
    leaked = rows.filter(pl.col("day").is_between(date(2026, 10, 8), date(2026, 10, 10)))
    assert len(leaked) == 3
    assert leaked["amount"].min() > 8 * usual  # type: ignore[operator]
    assert rows["day"].max() == date(2026, 10, 10)


def test_weekends_and_holidays_are_quiet_in_the_offices(company: Organisation) -> None:
    days = company.truth("enterprise", ("day",), Span(date(2026, 6, 29), date(2026, 7, 13)))
    amounts = dict(days.select("day", "amount").iter_rows())
    assert amounts[date(2026, 7, 4)] * 4 < amounts[date(2026, 7, 9)]
    assert amounts[date(2026, 7, 11)] * 4 < amounts[date(2026, 7, 9)]


def test_who_has_left_spends_nothing_and_shows_as_the_api_shows_them(
    company: Organisation,
) -> None:
    removed, erased = company.people[31], company.people[57]
    last = company.facts.filter(pl.col("actor") == removed.id)["day"].max()
    assert date(2026, 5, 1) < last < date(2026, 5, 29)  # type: ignore[operator]
    assert removed.actor(TODAY) == {
        "type": "user_actor",
        "user_id": removed.id,
        "email_address": removed.email,
        "name": removed.name,
        "deleted": True,
    }
    assert removed.actor(date(2026, 5, 28))["deleted"] is False
    assert erased.actor(TODAY)["email_address"] is None
    assert erased.actor(TODAY)["name"] == "Deleted User"


def test_amounts_are_sums_of_their_components_and_fit_six_decimals(company: Organisation) -> None:
    facts = company.facts
    assert facts.select(pl.sum_horizontal(AMOUNTS))["amount:" + COMPONENTS[0]].equals(
        facts["amount"].alias("amount:" + COMPONENTS[0])
    )
    assert (facts.select(pl.sum_horizontal(LIST_AMOUNTS)).to_series() == facts["list_amount"]).all()
    for name in (*AMOUNTS, *LIST_AMOUNTS):
        assert (facts[name] % CENT_STEP).sum() == 0
        assert facts[name].min() >= 0  # type: ignore[operator]
    assert (facts["amount"] <= facts["list_amount"]).all()


@pytest.mark.parametrize("side", ["platform", "enterprise"])
def test_every_cut_sums_to_the_same_total(company: Organisation, side: str) -> None:
    cuts = [(), ("day",), ("actor", "product"), ("model", "speed", "inference_geo")]
    cuts += [("workspace_id", "cost_type", "token_type"), (*DIMENSIONS, *EXTRAS)]
    totals = [company.truth(side, by)["amount"].sum() for by in cuts]  # type: ignore[arg-type]
    assert len(set(totals)) == 1


def test_overlap_adds_the_console_by_workspaces(company: Organisation) -> None:
    span = Span(date(2026, 11, 1), TODAY)
    platform = company.truth("platform", (), span)["amount"][0]
    seats = company.truth("enterprise", (), span)["amount"][0]
    assert company.truth("enterprise", (), span, overlap=1.0)["amount"][0] == platform + seats
    half = company.truth("enterprise", (), span, overlap=0.5)["amount"][0] - seats
    assert 0 < half < platform
    assert len(company.overlapping(0.5)) == 6


def test_a_restatement_changes_its_day_and_nothing_else(company: Organisation) -> None:
    day = date(2026, 10, 20)
    after = company.restated({day: Fraction(11, 10)})
    before_day = company.facts.filter(pl.col("day") == day)
    after_day = after.facts.filter(pl.col("day") == day)
    for name in COUNTERS:
        assert (before_day[name] * 11 // 10 == after_day[name]).all()
    assert (after_day["amount"] % CENT_STEP).sum() == 0
    grown = after_day["amount"].sum() / before_day["amount"].sum()
    assert grown == pytest.approx(1.1)
    others = pl.col("day") != day
    assert company.facts.filter(others).equals(after.facts.filter(others))
    assert company.restated({}) is company
