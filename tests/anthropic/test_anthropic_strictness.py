"""What an answer may leave out, and what stops it: endpoint, field and value are named."""

import copy
import json
from datetime import date

import httpx
import msgspec
import pytest
from anthropic_answers import REQUEST_ID, ok, page, script
from hypothesis import given
from hypothesis import strategies as st

from core.anthropic import enterprise, platform, unified
from core.anthropic.decoding import decode
from core.anthropic.pagination import Envelope
from core.anthropic.transport import Answer
from core.calendar import Span
from core.errors import PayloadInvalid, SpendError, UnexpectedResponse

SPAN = Span(date(2026, 11, 1), date(2026, 11, 8))
DAY = "2026-11-01T00:00:00Z"
NEXT = "2026-11-02T00:00:00Z"
TOKENS = {
    "uncached_input_tokens": 1,
    "cache_read_input_tokens": 2,
    "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
    "output_tokens": 5,
    "server_tool_use": {"web_search_requests": 7},
}
MONEY = {"amount": "1.5", "list_amount": "2", "currency": "USD", "requests": None}
ACTOR = {"type": "user_actor", "user_id": "user_1", "deleted": False}


def in_bucket(row):
    return {"starting_at": DAY, "ending_at": NEXT, "results": [row]}


def of_user(row):
    return {"starting_at": DAY, "ending_at": NEXT, "actor": ACTOR, **row}


READERS = {
    "cost_report": (
        lambda client: platform.cost_report(client, SPAN, group=True),
        in_bucket(MONEY),
        "results[0].",
    ),
    "usage_report/messages": (
        lambda client: platform.usage_report(client, SPAN, ()),
        in_bucket(TOKENS),
        "results[0].",
    ),
    "analytics/cost_report": (
        lambda client: enterprise.cost_report(client, SPAN, ()),
        in_bucket(MONEY),
        "results[0].",
    ),
    "analytics/usage_report": (
        lambda client: enterprise.usage_report(client, SPAN, ()),
        in_bucket(TOKENS),
        "results[0].",
    ),
    "analytics/user_cost_report": (
        lambda client: enterprise.user_cost_report(client, SPAN, ()),
        of_user(MONEY),
        "",
    ),
    "analytics/user_usage_report": (
        lambda client: enterprise.user_usage_report(client, SPAN, ()),
        of_user(TOKENS),
        "",
    ),
    "analytics/cost": (
        lambda client: unified.cost(client, SPAN, ()),
        {"starting_at": DAY, "ending_at": NEXT, "group": {}, "cost": MONEY},
        "cost.",
    ),
    "analytics/usage": (
        lambda client: unified.usage(client, SPAN, ()),
        {"starting_at": DAY, "ending_at": NEXT, "group": {}, "usage": TOKENS},
        "usage.",
    ),
}
OF_MONEY = [name for name, (_, item, _) in READERS.items() if "amount" in json.dumps(item)]
OF_TOKENS = [name for name in READERS if name not in OF_MONEY]


def place_of(item, where):
    """Return the container that a dotted prefix such as `results[0].` leads to."""
    for part in where.replace("[0]", ".0").strip(".").split("."):
        if part:
            item = item[int(part)] if part.isdigit() else item[part]
    return item


def read(name, change):
    """Return what an endpoint's reader makes of three items, the second of them changed."""
    reader, item, where = READERS[name]
    changed = copy.deepcopy(item)
    change(place_of(changed, where), changed)
    answers = script(page([item, changed, item]))
    (found,) = reader(answers.client())
    return found.data[1]


def refused(name, change):
    with pytest.raises(PayloadInvalid) as caught:
        read(name, change)
    error = caught.value
    assert f"/v1/organizations/{name} " in error.cause
    assert f"(request {REQUEST_ID})" in error.cause
    assert error.request_id == REQUEST_ID
    return error.cause


def setting(field, value):
    return lambda row, _: row.__setitem__(field, value)


def dropping(field):
    return lambda row, _: row.pop(field)


@pytest.mark.parametrize("name", OF_MONEY)
@pytest.mark.parametrize("field", ["amount", "currency"])
def test_money_needs_amount_and_currency(name, field):
    where = READERS[name][2]
    cause = refused(name, dropping(field))
    assert f"`data[1].{where}{field}`: It is missing." in cause


@pytest.mark.parametrize("name", OF_MONEY)
@pytest.mark.parametrize("field", ["amount", "list_amount"])
@pytest.mark.parametrize(("value", "shown"), [(12.5, "12.5"), (12, "12"), (True, "true")])
def test_an_amount_that_is_no_text_is_refused_with_its_value(name, field, value, shown):
    where = READERS[name][2]
    cause = refused(name, setting(field, value))
    assert f"`data[1].{where}{field}`: Expected `str" in cause
    assert f"Its value is {shown}." in cause


@pytest.mark.parametrize("name", OF_MONEY)
def test_an_amount_of_null_is_refused(name):
    assert "Its value is null." in refused(name, setting("amount", None))


@pytest.mark.parametrize("name", OF_MONEY)
def test_a_list_amount_may_be_absent(name):
    row = place_of_read(read(name, dropping("list_amount")), READERS[name][2])
    assert (row.amount, row.list_amount) == ("1.5", None)


@pytest.mark.parametrize("name", OF_TOKENS)
@pytest.mark.parametrize(
    "field", ["uncached_input_tokens", "cache_read_input_tokens", "output_tokens"]
)
def test_token_counters_are_never_left_out(name, field):
    where = READERS[name][2]
    assert f"`data[1].{where}{field}`: It is missing." in refused(name, dropping(field))


@pytest.mark.parametrize("name", OF_TOKENS)
@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.5, "1.5"), ("12", '"12"'), (None, "null"), (2**63, "9223372036854775808"), ([], "[]")],
)
def test_a_counter_that_is_no_whole_number_of_64_bits_is_refused(name, value, shown):
    cause = refused(name, setting("output_tokens", value))
    assert "output_tokens`: Expected `int`" in cause
    assert f"Its value is {shown}." in cause


def place_of_read(item, where):
    for part in where.replace("[0]", ".0").strip(".").split("."):
        if part:
            item = item[int(part)] if part.isdigit() else getattr(item, part)
    return item


@pytest.mark.parametrize("name", OF_TOKENS)
@pytest.mark.parametrize("change", [dropping, lambda field: setting(field, None)])
def test_nested_blocks_that_are_left_out_or_null_are_zeros(name, change):
    def both(row, item):
        change("cache_creation")(row, item)
        change("server_tool_use")(row, item)

    row = place_of_read(read(name, both), READERS[name][2])
    assert row.cache_creation.ephemeral_5m_input_tokens == 0
    assert row.cache_creation.ephemeral_1h_input_tokens == 0
    assert row.server_tool_use.web_search_requests == 0
    assert row.output_tokens == 5


@pytest.mark.parametrize("name", OF_TOKENS)
def test_a_cache_block_without_one_of_its_counters_is_refused(name):
    only = {"ephemeral_5m_input_tokens": 3}
    cause = refused(name, setting("cache_creation", only))
    assert "cache_creation.ephemeral_1h_input_tokens`: It is missing." in cause


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("value", [None, 20261101, "2026"])
def test_a_row_or_bucket_without_its_day_is_refused(name, value):
    cause = refused(name, lambda _, item: item.__setitem__("starting_at", value))
    assert "`data[1].starting_at`: Expected `str`" in cause
    assert f"Its value is {json.dumps(value)}." in cause


@pytest.mark.parametrize("name", READERS)
def test_a_missing_day_is_refused(name):
    cause = refused(name, lambda _, item: item.pop("starting_at"))
    assert "`data[1].starting_at`: It is missing." in cause


@pytest.mark.parametrize("name", READERS)
def test_unknown_fields_and_unknown_words_pass(name):
    def change(row, item):
        row |= {"batch_discount": {"deep": [1]}, "service_tier": "platinum"}
        item["new_block"] = [{}]

    read(name, change)


@pytest.mark.parametrize("name", READERS)
def test_a_dimension_of_another_type_is_refused(name):
    def change(row, item):
        item.get("group", row)["workspace_id"] = 7

    assert "workspace_id`: Expected `str | null`, got `int`." in refused(name, change)


@pytest.mark.parametrize("name", ["analytics/user_cost_report", "analytics/user_usage_report"])
def test_a_users_row_without_its_user_is_refused(name):
    assert "`data[1].actor`" in refused(name, dropping("actor"))
    assert "`data[1].actor`" in refused(name, setting("actor", None))
    no_id = {"type": "user_actor"}
    assert "`data[1].actor.user_id`: It is missing." in refused(name, setting("actor", no_id))


def test_a_long_value_is_shortened_and_holds_no_key():
    key = "sk-ant-admin01-CANARY-9f8e7d6c5b4a39281706"
    cause = refused("cost_report", setting("amount", [f"{key} ", "x" * 500]))
    assert "CANARY" not in cause
    assert "…" in cause
    assert len(cause) < 300


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"name": "x"}, "id"),
        ({"id": 7}, "id"),
        ({"id": None}, "id"),
        ({"id": "x", "name": 1}, "name"),
    ],
)
def test_a_small_answer_is_refused_by_its_field(answer, field):
    with pytest.raises(PayloadInvalid, match=f"`{field}`") as caught:
        platform.organization(script(ok(answer)).client())
    assert "/v1/organizations/me" in caught.value.cause


def test_an_item_of_a_small_listing_is_refused_by_its_place():
    answers = script(ok({"data": [{"id": "user_1"}, {"name": "no id"}], "has_more": False}))
    with pytest.raises(PayloadInvalid, match=r"`data\[1\]\.id`") as caught:
        platform.users(answers.client())
    assert "/v1/organizations/users" in caught.value.cause
    assert "no id" not in caught.value.cause


@pytest.mark.parametrize(
    ("field", "value"), [("num_sessions", "5"), ("num_sessions", None), ("lines_of_code", None)]
)
def test_claude_code_counters_are_strict_too(field, value):
    metrics = {
        "num_sessions": 5,
        "lines_of_code": {"added": 1, "removed": 0},
        "commits_by_claude_code": 0,
        "pull_requests_by_claude_code": 0,
        field: value,
    }
    row = {"date": DAY, "actor": {"type": "user_actor"}, "core_metrics": metrics}
    with pytest.raises(PayloadInvalid, match=f"core_metrics.{field}"):
        list(platform.claude_code(script(page([row])).client(), SPAN.start))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["data", "results", "amount", "starting_at", "group", "cost", "actor",
                         "type", "user_id", "has_more", "next_page", "output_tokens"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.sampled_from(sorted(READERS)), json_values)
def test_no_json_whatsoever_breaks_out_of_the_error_tree(name, value):
    reader, _, _ = READERS[name]
    body = json.dumps({"data": value, "has_more": False}).encode()
    answers = script(lambda _: httpx.Response(200, content=body))
    problem = None
    try:
        found = len(list(reader(answers.client(attempts=1))))
    except SpendError as error:
        problem, found = error, 0
    assert found == 1 or (problem is not None and name in problem.cause)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>", b'{"data":["\\ud800"]}', b'{"new":' + b"[" * 200_000]
)
def test_a_body_that_nobody_checked_before_is_no_answer_either(body):
    decoder = msgspec.json.Decoder(Envelope[str])
    with pytest.raises(UnexpectedResponse, match=f"/v1/x answered 200 .request {REQUEST_ID}"):
        decode(Answer(200, body, REQUEST_ID), decoder, "/v1/x")
