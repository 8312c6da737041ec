"""One request: its address, its headers, its query, and what comes back."""

import httpx
import pytest
from anthropic_answers import API, KEY, REQUEST_ID, ok, script
from pydantic import SecretStr

from core.anthropic.transport import Answer, Client
from core.errors import BadValue, KeyMalformed, KeyMissing, UnexpectedResponse

PATH = "/v1/organizations/cost_report"


def test_the_key_travels_in_exactly_one_header_as_the_api_documents():
    answers = script(ok({}))
    answers.client().get(PATH, (), version="2023-06-01")
    headers = answers.requests[0].headers
    assert headers["x-api-key"] == KEY
    assert "authorization" not in headers
    assert headers["anthropic-version"] == "2023-06-01"
    assert "anthropic-beta" not in headers
    assert "origin" not in headers


def test_an_oauth_token_travels_as_bearer_and_not_as_a_key():
    answers = script(ok({}))
    answers.client("sk-ant-oat01-token").get(PATH, (), version="2023-06-01")
    headers = answers.requests[0].headers
    assert headers["authorization"] == "Bearer sk-ant-oat01-token"
    assert "x-api-key" not in headers


def test_the_beta_header_is_sent_where_an_endpoint_needs_it():
    answers = script(ok({}))
    answers.client().get(PATH, (), version="2026-10-21", beta="analytics-usage-cost-2026-08-24")
    assert answers.requests[0].headers["anthropic-beta"] == "analytics-usage-cost-2026-08-24"


def test_the_user_agent_names_product_version_and_address():
    answers = script(ok({}))
    answers.client().get(PATH, (), version="2023-06-01")
    agent = answers.requests[0].headers["user-agent"]
    assert agent.startswith("claude-spend/")
    assert agent.endswith(" (https://github.com/claude-spend/claude-spend)")


def test_bracketed_names_are_repeated_and_the_offset_free_timestamp_survives():
    answers = script(ok({}))
    params = [
        ("starting_at", "2026-11-01T00:00:00Z"),
        ("group_by[]", "model"),
        ("group_by[]", "api_key_id"),
        ("api_key_ids[]", ""),
        ("page", "page_MjAyNS0wNS0xNFQwMDowMDowMFo="),
    ]
    answers.client().get(PATH, params, version="2023-06-01")
    assert answers.queries == [params]
    raw = answers.requests[0].url.query.decode()
    assert "group_by%5B%5D=model&group_by%5B%5D=api_key_id" in raw
    assert "api_key_ids%5B%5D=&page=page_MjAyNS0wNS0xNFQwMDowMDowMFo%3D" in raw


def test_an_answer_carries_request_and_organization_and_hides_its_body():
    answers = script(ok({"id": "x"}, anthropic_organization_id="12345678-1234"))
    answer = answers.client().get(PATH, (), version="2023-06-01")
    assert answer == Answer(200, b'{"id":"x"}', REQUEST_ID, "12345678-1234")
    assert "body" not in repr(answer)


def test_a_request_id_that_is_none_is_not_shown():
    answer = script(httpx.Response(200, json={}, headers={"request-id": "<b>no id</b>"}))
    assert answer.client().get(PATH, (), version="2023-06-01").request_id is None


def test_a_gateway_may_serve_the_api_below_a_path():
    answers = script(ok({}))
    client = answers.client(base_url="https://gateway.example/anthropic")
    client.get(PATH, (), version="2023-06-01")
    assert str(answers.requests[0].url) == f"https://gateway.example/anthropic{PATH}"


@pytest.mark.parametrize(
    "url",
    ["http://api.anthropic.com", "ftp://localhost", "api.anthropic.com", "", "https://[broken"],
)
def test_a_key_is_not_sent_over_anything_but_https_or_to_this_machine(url):
    with pytest.raises(BadValue, match="CLAUDE_SPEND_API_URL"):
        script(ok({})).client(base_url=url)


@pytest.mark.parametrize("url", [API, "http://127.0.0.1:9", "http://localhost", "http://[::1]:9"])
def test_https_and_loopback_addresses_are_accepted(url):
    answers = script(ok({}))
    answers.client(base_url=url).get(PATH, (), version="2023-06-01")
    assert len(answers.requests) == 1


@pytest.mark.parametrize(
    "key", ["sk-ant admin", "sk-ant-\nadmin", "sk-ant-\radmin", "sk-ant-ключ", "sk-ant-\x00", "é"]
)
def test_what_no_header_can_carry_is_refused_before_it_is_sent(key):
    with pytest.raises(KeyMalformed):
        script(ok({})).client(key)


def test_no_key_is_its_own_error():
    with pytest.raises(KeyMissing):
        script(ok({})).client("")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    elsewhere = httpx.Response(status, headers={"location": "https://evil.example/steal"})
    answers = script(elsewhere, ok({}))
    with pytest.raises(UnexpectedResponse) as caught:
        answers.client().get(PATH, (), version="2023-06-01")
    assert [str(r.url) for r in answers.requests] == [API + PATH]
    assert caught.value.http_status == status
    assert PATH in caught.value.cause


@pytest.mark.parametrize("status", [201, 202, 204, 206])
def test_a_success_that_is_not_200_is_not_taken_for_an_answer(status):
    answers = script(httpx.Response(status, json={"data": []}))
    with pytest.raises(UnexpectedResponse) as caught:
        answers.client().get(PATH, (), version="2023-06-01")
    assert caught.value.http_status == status
    assert len(answers.requests) == 1


def test_requests_counts_every_attempt_and_the_context_closes():
    answers = script(httpx.Response(500), ok({}))
    with answers.client() as client:
        client.get(PATH, (), version="2023-06-01")
        assert client.requests == 2
    with pytest.raises(RuntimeError, match="closed"):
        client.get(PATH, (), version="2023-06-01")


def test_the_default_client_is_paced_and_a_loopback_one_is_not():
    with Client(SecretStr(KEY), API) as far, Client(SecretStr(KEY), "http://127.0.0.1:9") as near:
        assert far.pace.engaged
        assert not near.pace.engaged
