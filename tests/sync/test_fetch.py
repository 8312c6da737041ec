"""Each source and protocol, read over HTTP from the simulated organisation: equal to its truth."""

from datetime import timedelta

import polars as pl
import pytest
from pydantic import SecretStr

from core.anthropic.transport import Client
from core.calendar import Span
from core.demo import ANALYTICS_KEY, PLATFORM_KEY
from core.errors import WatermarkMoved
from core.ledger.cuts import NOT_ATTRIBUTED, cuts_of
from core.sync.fetch import Source, fetch
from core.sync.plan import Planned

KEYS = {"platform": PLATFORM_KEY, "enterprise": ANALYTICS_KEY}
TOKENS = (
    "uncached_input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
)


@pytest.fixture(params=["platform", "enterprise"])
def source(api, request):
    with Client(SecretStr(KEYS[request.param]), api.base_url) as client:
        yield Source(client, request.param)


@pytest.fixture
def span(company) -> Span:
    end = company.today - timedelta(days=20)
    return Span(end - timedelta(days=9), end)


def truth(company, source, protocol, span, by=("day",)) -> pl.DataFrame:
    shared = source.kind == "enterprise" and protocol == "unified"
    return company.truth(source.kind, by, span, overlap=1.0 if shared else 0.0)


@pytest.mark.parametrize("protocol", ["unified", "reports"])
def test_every_cut_of_cost_equals_the_truth_of_every_day(company, source, protocol, span):
    found = fetch(source, Planned("cost", protocol, span))
    expected = truth(company, source, protocol, span)
    for cut in cuts_of(source.kind, protocol, "cost"):
        rows = found.frame.filter(pl.col("cut") == cut.name)
        days = rows.group_by("day").agg(pl.col("amount").sum()).sort("day")
        assert days.rows() == expected.select("day", "amount").rows()
    assert found.days["present"].all()


@pytest.mark.parametrize("protocol", ["unified", "reports"])
def test_every_cut_of_usage_equals_the_truth_of_every_day(company, source, protocol, span):
    found = fetch(source, Planned("usage", protocol, span))
    expected = truth(company, source, protocol, span)
    for cut in cuts_of(source.kind, protocol, "usage"):
        rows = found.frame.filter(pl.col("cut") == cut.name)
        for counter in TOKENS:
            mine = rows.filter(pl.col("token_type") == counter)
            days = mine.group_by("day").agg(pl.col("tokens").sum()).sort("day")
            real = expected.filter(pl.col(counter) != 0).select("day", counter)
            assert days.rows() == real.rows()


def test_list_cost_is_known_where_the_source_gives_it(company, api, span):
    with Client(SecretStr(ANALYTICS_KEY), api.base_url) as client:
        found = fetch(Source(client, "enterprise"), Planned("cost", "reports", span))
    expected = company.truth("enterprise", (), span)["list_amount"].sum()
    assert found.frame["list_amount"].sum() == expected
    with Client(SecretStr(PLATFORM_KEY), api.base_url) as client:
        found = fetch(Source(client, "platform"), Planned("cost", "reports", span))
    assert found.frame["list_amount"].null_count() == found.frame.height


def test_cost_of_each_user_and_what_belongs_to_none(company, api, span):
    with Client(SecretStr(ANALYTICS_KEY), api.base_url) as client:
        found = fetch(Source(client, "enterprise"), Planned("cost", "reports", span))
    users = found.frame.filter(pl.col("user") != "")
    nobody = found.frame.filter(pl.col("user") == "")
    whole = company.truth("enterprise", (), span)["amount"].sum()
    assert users["amount"].sum() + nobody["amount"].sum() == whole
    assert nobody["amount"].sum() > 0
    assert set(users["user"]) <= set(found.people) | {NOT_ATTRIBUTED}


def test_groups_beyond_the_cap_become_a_row_by_name(company, api, span):
    api.behaviour.group_cap = 5
    with Client(SecretStr(ANALYTICS_KEY), api.base_url) as client:
        found = fetch(Source(client, "enterprise"), Planned("cost", "reports", span))
    whole = company.truth("enterprise", (), span)["amount"].sum()
    assert found.frame["amount"].sum() == whole
    assert found.days["not_attributed"].sum() > 0
    rest = found.frame.filter(pl.col("workspace") == NOT_ATTRIBUTED)
    assert rest["amount"].sum() == found.days["not_attributed"].sum()


def test_keys_know_their_geography_although_it_is_a_sixth_dimension(company, api, span):
    with Client(SecretStr(PLATFORM_KEY), api.base_url) as client:
        found = fetch(Source(client, "platform"), Planned("usage", "reports", span))
    keyed = found.frame.filter(pl.col("cut") == "platform/reports/usage/key")
    mine = keyed.filter(pl.col("operation") == "output").group_by("inference_geo", "api_key").agg(
        pl.col("tokens").sum()
    )  # fmt: skip
    real = company.truth("platform", ("inference_geo", "api_key_id"), span)
    expected = {
        (geo or "not_available", key or "(none)"): tokens
        for geo, key, tokens in real.select(
            "inference_geo", "api_key_id", "output_tokens"
        ).iter_rows()
        if tokens
    }
    found_keys = {(g, k): t for g, k, t in mine.iter_rows() if t}
    assert found_keys == expected


def test_answers_of_two_exports_that_add_up_are_kept(company, api, span):
    api.behaviour.moving_watermark = True
    with Client(SecretStr(ANALYTICS_KEY), api.base_url) as client:
        found = fetch(Source(client, "enterprise"), Planned("cost", "unified", span))
    whole = company.truth("enterprise", (), span, overlap=1.0)["amount"].sum()
    assert found.days["total"].sum() == whole
    assert found.findings == []


def test_answers_of_two_exports_that_do_not_add_up_begin_the_window_again(api, span):
    api.behaviour.moving_watermark = True
    api.behaviour.group_cap = 5
    with Client(SecretStr(ANALYTICS_KEY), api.base_url) as client:
        source = Source(client, "enterprise")
        with pytest.raises(WatermarkMoved):
            fetch(source, Planned("cost", "reports", span))
        kept = fetch(source, Planned("cost", "reports", span), last_try=True)
    assert [f.code for f in kept.findings] == ["watermark_moved"]
