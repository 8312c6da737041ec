"""`/metrics`: what Prometheus reads, and who may."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from server_desk import ELSEWHERE, HERE, client, connected

TOKEN = "a-token-of-the-tests-alone"


def read(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_ages_failures_and_rows_by_connection(ledger):
    connected(ledger, hours_old=2)
    connected(ledger, 'odd "name"\nwith\\signs', hours_old=None)
    found = read(client().get("/metrics").text)
    api = ("Claude API", "platform")
    assert found["claude_spend_database_up",] == 1
    assert found["claude_spend_sync_running",] == 0
    assert 7200 <= found["claude_spend_sync_age_seconds", *api] < 7260
    assert 21600 <= found["claude_spend_data_age_seconds", *api] < 21660
    assert found["claude_spend_sync_failing", *api] == 0
    assert found["claude_spend_syncs_total", *api, "complete"] == 1
    assert found["claude_spend_api_requests_total", *api] == 7
    assert found["claude_spend_rows_read_total", *api] == 11
    assert found["claude_spend_rows_restated_total", *api] == 2
    odd = ('odd "name"\nwith\\signs', "platform")
    assert ("claude_spend_sync_age_seconds", *odd) not in found
    assert found["claude_spend_rows_read_total", *odd] == 11
    assert found["process_resident_memory_bytes",] > 0


def test_no_age_is_negative_where_this_clock_is_behind(ledger):
    connected(ledger, hours_old=-9)
    found = read(client().get("/metrics").text)
    for name in ("sync", "data"):
        assert found[f"claude_spend_{name}_age_seconds", "Claude API", "platform"] == 0


@pytest.mark.sqlite("the database is a damaged file")
def test_a_database_that_fails_is_a_metric_and_no_failure(tmp_path):
    (tmp_path / "ledger.sqlite3").write_bytes(b"not a database, whatever its name may say" * 20)
    answer = client().get("/metrics")
    assert answer.status_code == 200
    found = read(answer.text)
    assert found["claude_spend_database_up",] == 0
    assert not any(name[0].startswith("claude_spend_sync") for name in found)


@pytest.mark.parametrize("path", ["/metrics", "/_stcore/metrics", "/below/metrics"])
def test_a_stranger_is_refused(path: str):
    answer = client(ELSEWHERE).get(path)
    assert answer.status_code == 403
    assert "CLAUDE_SPEND_METRICS_TOKEN" in answer.text


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Via"])
def test_what_a_proxy_on_this_machine_passes_on_is_a_stranger(name: str):
    assert client(HERE).get("/metrics", headers={name: "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Host": "spend.example.com"}, {"Origin": "http://out.invalid"}], ids=str
)
def test_a_page_of_another_site_that_reaches_this_machine_is_a_stranger(headers: dict[str, str]):
    assert client(HERE).get("/metrics").status_code == 200
    assert client(HERE).get("/metrics", headers=headers).status_code == 403


def test_with_a_token_only_the_token_counts(monkeypatch):
    monkeypatch.setenv("CLAUDE_SPEND_METRICS_TOKEN", TOKEN)
    assert client(HERE).get("/metrics").status_code == 403
    for wrong in ("", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ü"):
        headers = {"Authorization": wrong.encode()}
        assert client(HERE).get("/metrics", headers=headers).status_code == 403
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = client(ELSEWHERE).get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert TOKEN not in answer.text


def test_a_token_that_is_too_short_opens_nothing(monkeypatch):
    monkeypatch.setenv("CLAUDE_SPEND_METRICS_TOKEN", "short")
    assert client(HERE).get("/metrics").status_code == 403
    assert client(HERE).get("/healthz").status_code == 503
