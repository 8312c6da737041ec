"""What a command says when nothing was stored, and of what is not known."""

import pytest

from core import demo
from core.demo import Fault


@pytest.mark.parametrize("status", [429, 529])
def test_a_connect_that_could_not_be_checked_promises_no_next_sync(
    desk, company, behaviour, status
):
    behaviour.faults = [Fault(status=status, times=99)]
    said = desk.json(
        "connect", "platform", "console", "--organization-id", company.platform_id,
        ANTHROPIC_ADMIN_KEY=demo.PLATFORM_KEY,
    )  # fmt: skip
    assert said.status == 1
    assert "Nothing was stored" in said.doc["error"]["fix"]
    assert "next sync" not in said.doc["error"]["fix"]
    assert desk.json("connections").doc["connections"] == []


def test_what_is_no_organization_id_is_called_so(desk, company):
    said = desk.json(
        "connect", "platform", "console", "--organization-id", "Larkspur Inc",
        ANTHROPIC_ADMIN_KEY=demo.PLATFORM_KEY,
    )  # fmt: skip
    assert (said.status, said.code) == (1, "organization_mismatch")
    assert "is no Organization ID" in said.doc["error"]["title"]
    assert company.platform_id in said.doc["error"]["title"]


def test_an_unknown_organization_is_null_and_a_refused_probe_counts_its_requests(desk, behaviour):
    made = desk.json("connect", "enterprise", "seats", "--no-check", stdin=demo.ANALYTICS_KEY)
    organization = made.doc["connection"]
    assert (organization["organization_id"], organization["organization_name"]) == (None, None)
    behaviour.analytics_enabled = False
    (part,) = desk.json("sync").doc["connections"]
    assert part["outcome"] == "failed"
    assert part["requests"] > 0
