"""The split of a bill over keys, read over HTTP, against what each key truly cost."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from pydantic import SecretStr
from small_company import settings_of

from core import demo
from core.analysis.explore import Query, ask
from core.calendar import Span, now
from core.connections import store
from core.connections.vault import open_vault
from core.ledger import snapshot
from core.ledger.engine import connect
from core.sync.run import sync

DAYS = 6


@pytest.fixture(scope="module")
def company():
    whole = demo.organisation(today=now().date())
    first = whole.today - timedelta(days=DAYS)
    return replace(whole, facts=whole.facts.filter(pl.col("day") >= first))


@pytest.fixture(scope="module")
def book(company, tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    with demo.serve(company, demo.Behaviour(platform_unified=False)) as server:
        settings = settings_of(folder, server.base_url)
        engine = connect(settings)
        vault = open_vault(settings, engine)
        key = SecretStr(demo.PLATFORM_KEY)
        store.add(engine, vault, "c", "platform", key, organization_id=company.platform_id)
        store.set_history_floor(engine, "c", company.today - timedelta(days=DAYS))
        assert sync(engine, settings).outcome == "complete"
        yield snapshot.book(engine, settings)
        engine.dispose()


def test_what_keys_are_allocated_is_what_they_cost_but_for_what_no_report_says(book, company):
    span = Span(company.today - timedelta(days=DAYS), company.today)
    found = ask(book, Query(("api_key",), "cost", span))
    assert found.total == ask(book, Query(("workspace",), "cost", span)).total > 0
    assert "allocated" in found.cuts[0]
    # Code execution and sessions have no usage by key, so they stand in lines of their own.
    told = ("amount:code_execution", "amount:session_usage")
    facts = company.facts.filter(pl.col("side") == "platform", pl.col("day") >= span.start)
    priced = pl.col("amount") - pl.sum_horizontal(pl.col(c).fill_null(0) for c in told)
    truth = dict(facts.group_by("api_key_id").agg(priced.sum()).iter_rows())
    keys = found.frame.filter(pl.col("line").is_null())
    allocated = dict(keys.select("api_key", "value").iter_rows())
    assert allocated.keys() == {key for key, cost in truth.items() if cost}
    for key, cost in allocated.items():
        # Refused requests have tokens and no cost, and no report tells theirs from the others'.
        assert abs(cost - truth[key]) <= truth[key] // 100, key
    lines = dict(found.frame.filter(pl.col("line").is_not_null()).select("line", "value").rows())
    assert lines == {
        "code execution": facts["amount:code_execution"].sum(),
        "sessions": facts["amount:session_usage"].sum(),
    }
