"""The connections of one organization share one pace in a run; others have their own."""

import pytest
from pydantic import SecretStr

from core import settings as configuration
from core.connections import store
from core.connections.vault import open_vault
from core.ledger.engine import connect
from core.sync import run
from core.sync.run import sync

ONE = "5a1c3f0e-7b62-4d8a-9e15-0c4b7d2f6a31"
OTHER = "c9e7d4b2-1f08-4a6c-b35d-8e2a9f7064d3"
CONNECTIONS = {
    "console": ("platform", ONE),
    "console again": ("enterprise", ONE.upper()),
    "seats": ("enterprise", OTHER),
    "unknown": ("platform", ""),
    "unknown too": ("enterprise", ""),
}


@pytest.fixture
def paces(monkeypatch):
    """Sync five connections without reading anything; return the pace that each was given."""

    def synced(api_url):
        monkeypatch.setenv("CLAUDE_SPEND_API_URL", api_url)
        monkeypatch.setenv("CLAUDE_SPEND_REQUESTS_PER_MINUTE", "7")
        settings = configuration.load()
        engine = connect(settings)
        vault = open_vault(settings, engine)
        for number, (name, (kind, organization)) in enumerate(CONNECTIONS.items()):
            prefix = "sk-ant-admin01" if kind == "platform" else "sk-ant-api01"
            key = SecretStr(f"{prefix}-canary{number}-{'x' * 80}AA")
            store.add(engine, vault, name, kind, key, organization_id=organization)
        given = {}
        # The keys are nobody's: what a check would say of them is not the question here.
        monkeypatch.setattr(run, "trusted", lambda engine, settings, known, *_: known)
        monkeypatch.setattr(
            run, "_read", lambda _, connection, client, __: given.update({connection.name: client})
        )
        sync(engine, settings)
        engine.dispose()
        return {name: client.pace for name, client in given.items()}

    return synced


def test_connections_of_one_organization_share_a_pace_and_others_do_not(paces):
    given = paces("https://api.anthropic.com")
    assert list(given) == list(CONNECTIONS)
    assert given["console"] is given["console again"]
    assert len({id(pace) for pace in given.values()}) == 4
    assert {pace.per_minute for pace in given.values()} == {7}
    assert all(pace.engaged for pace in given.values())


def test_a_rate_limit_met_on_a_loopback_address_paces_its_organization_alone(paces):
    given = paces("http://127.0.0.1:9")
    assert not any(pace.engaged for pace in given.values())
    given["console"].engage()
    assert {name for name, pace in given.items() if pace.engaged} == {"console", "console again"}
