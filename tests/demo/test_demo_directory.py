"""Objects with ids: paging by `after_id`, what is left out by default, and the two versions."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from core.demo import ANALYTICS_KEY, OAUTH_TOKEN, Organisation, Server

Get = Callable[..., httpx.Response]
NEW = "2026-10-21"


def test_pages_go_forward_and_back_by_id(get: Get, company: Organisation) -> None:
    first = get("/api_keys", {"limit": 15}).json()
    assert len(first["data"]) == 15
    assert first["first_id"] == first["data"][0]["id"] == company.estate.keys[0].id
    assert (first["has_more"], first["last_id"]) == (True, first["data"][-1]["id"])
    second = get("/api_keys", {"limit": 15, "after_id": first["last_id"]}).json()
    third = get("/api_keys", {"limit": 15, "after_id": second["last_id"]}).json()
    assert (len(third["data"]), third["has_more"]) == (10, False)
    back = get("/api_keys", {"limit": 15, "before_id": second["first_id"]}).json()
    assert back["data"] == first["data"]
    assert back["has_more"] is False


def test_an_unknown_parameter_such_as_page_is_ignored(get: Get) -> None:
    assert get("/api_keys", {"page": "page_2"}).json() == get("/api_keys").json()
    assert len(get("/api_keys").json()["data"]) == 20


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/api_keys", {"limit": 1001}),
        ("/api_keys", {"status": "lost"}),
        ("/api_keys", {"after_id": "apikey_nobody"}),
        ("/workspaces", {"include_archived": "yes"}),
        ("/users", {"before_id": "user_nobody"}),
    ],
)
def test_what_the_directory_refuses(get: Get, path: str, params: dict[str, Any]) -> None:
    assert get(path, params).status_code == 400


@pytest.mark.parametrize(
    ("status", "count"), [("active", 30), ("inactive", 3), ("archived", 4), ("expired", 3)]
)
def test_keys_are_listed_by_status(get: Get, status: str, count: int) -> None:
    rows = get("/api_keys", {"status": status, "limit": 1000}).json()["data"]
    assert [row["status"] for row in rows] == [status] * count


def test_a_key_is_placed_as_its_version_says(get: Get, company: Organisation) -> None:
    def placed(version: str) -> dict[str, dict[str, Any]]:
        rows = get("/api_keys", {"limit": 1000}, version=version).json()["data"]
        return {row["name"]: row for row in rows}

    old, new = placed("2023-06-01"), placed(NEW)
    default = company.default_workspace
    checkout = company.estate.workspace("Checkout")
    assert old["default-key"]["workspace_id"] is None
    assert old["checkout-prod"]["workspace_id"] == checkout
    assert old["it-onboarding"]["workspace_id"] is None
    assert "scope" not in old["checkout-prod"]
    assert new["default-key"]["scope"] == {"type": "workspace", "workspace_id": default}
    assert new["it-onboarding"]["scope"] == {"type": "organization"}
    assert "workspace_id" not in new["checkout-prod"]
    jane = company.people[0].id
    name = next(name for name in old if name.startswith("claude_code_key_jane.doe_"))
    assert old[name]["principal"] == {"id": jane, "type": "user"}
    assert new[name]["principal"] == {"type": "user_actor", "user_id": jane}
    assert new["it-onboarding"]["principal"]["type"] == "service_account_actor"
    assert old["quickstart"]["expires_at"].startswith("2026-02-01T")


def test_keys_are_found_by_workspace_and_creator(get: Get, company: Organisation) -> None:
    mobile = company.estate.workspace("Mobile")
    rows = get("/api_keys", {"workspace_id": mobile}).json()["data"]
    assert {row["name"] for row in rows} == {"mobile-assistant-prod", "mobile-assistant-beta"}
    creator = rows[0]["created_by"]["id"]
    found = get("/api_keys", {"created_by_user_id": creator, "limit": 1000}).json()["data"]
    assert {row["created_by"]["id"] for row in found} == {creator}


def test_one_object_by_its_id(get: Get, company: Organisation) -> None:
    key = company.estate.keys[3]
    assert get(f"/api_keys/{key.id}").json()["name"] == "checkout-prod"
    default = get(f"/workspaces/{company.default_workspace}").json()
    assert default["name"] == "Default"
    assert get(f"/users/{company.people[0].id}").json()["email"] == "jane.doe@larkspur.example"
    for path in ("/api_keys/apikey_x", "/workspaces/wrkspc_x", "/users/user_x"):
        assert get(path).status_code == 404


def test_workspaces_leave_out_archived_and_default_ones(get: Get) -> None:
    def names(**params: str) -> set[str]:
        return {row["name"] for row in get("/workspaces", {"limit": 100} | params).json()["data"]}

    plain = names()
    assert len(plain) == 10
    assert names(include_archived="true") - plain == {"Marketing Studio"}
    assert names(include_default="true") - plain == {"Default"}
    assert len(names(include_default="true", include_archived="true")) == 12


def test_workspaces_by_id(get: Get, company: Organisation) -> None:
    fraud, default = company.estate.workspace("Fraud & Risk"), company.default_workspace
    rows = get("/workspaces", {"ids[]": [fraud, default]}).json()["data"]
    assert [row["id"] for row in rows] == [fraud]
    assert rows[0]["data_residency"]["default_inference_geo"] == "us"
    assert rows[0]["tags"] == {"cost-centre": "CC-3100"}
    archived = get("/workspaces", {"include_archived": "true", "limit": 100}).json()["data"]
    times = {row["name"]: row["archived_at"] for row in archived}
    assert times.pop("Marketing Studio").startswith("2026-06-30T")
    assert set(times.values()) == {None}


def test_users_are_those_of_the_keys_organization(get: Get, company: Organisation) -> None:
    console = get("/users", {"limit": 1000}).json()["data"]
    members = get("/users", {"limit": 1000}, key=ANALYTICS_KEY).json()["data"]
    assert len(members) == 150
    assert 35 < len(console) < 80
    assert {row["role"] for row in console} == {
        "admin", "developer", "billing", "claude_code_user",
    }  # fmt: skip
    assert [row["role"] for row in members].count("primary_owner") == 1
    gone = {person.id for person in company.people if person.left}
    assert gone.isdisjoint({row["id"] for row in [*console, *members]})
    one = get("/users", {"email": "jane.doe@larkspur.example"}).json()["data"]
    assert [row["name"] for row in one] == ["Jane Doe"]
    admins = get("/users", {"roles[]": ["admin"]}).json()["data"]
    assert {row["role"] for row in admins} == {"admin"}


def test_service_accounts_are_for_oauth_tokens(server: Server, company: Organisation) -> None:
    headers = {"authorization": f"Bearer {OAUTH_TOKEN}", "anthropic-version": NEW}
    url = server.base_url + "/v1/organizations/service_accounts"
    rows = httpx.get(url, headers=headers).json()["data"]
    assert {row["name"]: row["id"] for row in rows} == company.estate.service_accounts
