"""Names: workspaces, keys of every status, users; in the form of either API version."""

from datetime import UTC, datetime

import pytest
from anthropic_answers import ok, parsed, script

from core.anthropic import platform

KEY_2023 = """{"id":"apikey_01Rj2N8SVvo6BePZj99NhmiT","name":"Developer Key",
 "partial_key_hint":"sk-ant-api03-R2D...igAA","status":"active",
 "created_at":"2024-10-30T23:58:27.427722Z","expires_at":null,
 "created_by":{"id":"user_01WCz1FkmYMm4gnmykNKUu3Q","type":"user"},
 "principal":{"id":"user_01WCz1FkmYMm4gnmykNKUu3Q","type":"user"},
 "workspace_id":"wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ","type":"api_key"}"""

WORKSPACE = """{"id":"wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ","name":"Workspace Name",
 "display_color":"#6C5BB9","archived_at":null,"created_at":"2024-10-30T23:58:27.427722Z",
 "tags":{"env":"prod","team":"platform"},
 "data_residency":{"allowed_inference_geos":"unrestricted","default_inference_geo":"global",
 "workspace_geo":"us"},"compartment_id":"f8a7b6c5","external_key_id":null,"type":"workspace"}"""

USERS = """{"data":[{"id":"user_01WCz1FkmYMm4gnmykNKUu3Q","email":"user@emaildomain.com",
 "name":"Jane Doe","role":"user","added_at":"2024-10-30T23:58:27.427722Z","type":"user"}],
 "first_id":"user_01WCz1FkmYMm4gnmykNKUu3Q","last_id":"user_01WCz1FkmYMm4gnmykNKUu3Q",
 "has_more":false}"""


def listing(*items):
    return ok({"data": list(items), "has_more": False, "first_id": None, "last_id": None})


def test_workspaces_come_with_the_archived_and_the_default_one_marked():
    plain = parsed(WORKSPACE)
    gone = {**plain, "id": "wrkspc_gone", "archived_at": "2026-01-01T00:00:00Z"}
    default = {**plain, "id": "wrkspc_default", "name": "Default", "tags": {}}
    answers = script(listing(plain, gone), listing(plain, gone, default))
    found = platform.workspaces(answers.client())
    assert [(w.id, w.is_default) for w in found] == [
        ("wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ", False),
        ("wrkspc_gone", False),
        ("wrkspc_default", True),
    ]
    assert found[0].tags == {"env": "prod", "team": "platform"}
    assert found[0].display_color == "#6C5BB9"
    assert found[0].created_at == datetime(2024, 10, 30, 23, 58, 27, 427722, tzinfo=UTC)
    assert found[1].archived_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert ("include_archived", "true") in answers.queries[0]
    assert ("include_default", "true") in answers.queries[1]
    assert ("limit", "1000") in answers.queries[1]


def test_keys_of_every_status_are_listed_once_each():
    active = parsed(KEY_2023)
    by_status = {
        None: [active],
        "inactive": [{**active, "id": "apikey_off", "status": "inactive"}],
        "archived": [{**active, "id": "apikey_old", "status": "archived"}],
        "expired": [active],
    }
    answers = script(lambda r: listing(*by_status[r.url.params.get("status")]))
    found = platform.api_keys(answers.client())
    assert [key.id for key in found] == [
        "apikey_01Rj2N8SVvo6BePZj99NhmiT", "apikey_off", "apikey_old",
    ]  # fmt: skip
    assert found[0].partial_key_hint == "sk-ant-api03-R2D...igAA"
    assert found[0].expires_at is None
    assert len(answers.requests) == 4


@pytest.mark.parametrize(
    ("placement", "workspace"),
    [
        ({"workspace_id": "wrkspc_1"}, "wrkspc_1"),
        ({"workspace_id": None}, None),
        ({"scope": {"type": "workspace", "workspace_id": "wrkspc_d"}}, "wrkspc_d"),
        ({"scope": {"type": "organization"}}, None),
        ({"scope": None, "workspace_id": "wrkspc_1"}, "wrkspc_1"),
        ({}, None),
    ],
)
def test_a_keys_place_is_read_in_either_version(placement, workspace):
    key = {k: v for k, v in parsed(KEY_2023).items() if k != "workspace_id"} | placement
    key |= {"principal": {"type": "user_actor", "user_id": "user_1"}}
    found = platform.api_keys(script(listing(key)).client())
    assert found[0].workspace_id == workspace


def test_users_are_read_as_documented():
    answers = script(ok(parsed(USERS)))
    (user,) = platform.users(answers.client())
    assert (user.id, user.email, user.name, user.role) == (
        "user_01WCz1FkmYMm4gnmykNKUu3Q", "user@emaildomain.com", "Jane Doe", "user",
    )  # fmt: skip
    assert answers.queries[0] == [("limit", "1000")]


def test_a_users_address_is_read_under_either_name():
    people = [{"id": "u1", "email": "a@b.c"}, {"id": "u2", "email_address": "d@e.f"}, {"id": "u3"}]
    found = platform.users(script(listing(*people)).client())
    assert [user.email for user in found] == ["a@b.c", "d@e.f", ""]
