from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date
from typing import Any

import httpx
import pytest
from anthropic import Anthropic

from core.demo import (
    ANALYTICS_KEY,
    PLATFORM_KEY,
    Behaviour,
    Organisation,
    Server,
    organisation,
    serve,
)

TODAY = date(2026, 11, 23)
BETA = "analytics-usage-cost-2026-08-24"
Get = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def company() -> Organisation:
    return organisation(7, TODAY)


@pytest.fixture(scope="session")
def _running(company: Organisation) -> Iterator[Server]:
    with serve(company) as running:
        yield running


@pytest.fixture
def server(_running: Server) -> Server:
    """The running simulation, every knob at its default."""
    for knob in fields(Behaviour):
        setattr(_running.behaviour, knob.name, getattr(Behaviour(), knob.name))
    return _running


@pytest.fixture(scope="session")
def _http(_running: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=_running.base_url + "/v1/organizations") as client:
        yield client


@pytest.fixture
def get(server: Server, _http: httpx.Client) -> Get:
    """GET a path with parameters (a list repeats its name) as the Console's admin by default."""

    def ask(
        path: str,
        params: dict[str, Any] | None = None,
        *,
        key: str = PLATFORM_KEY,
        version: str = "2023-06-01",
        beta: str = BETA,
    ) -> httpx.Response:
        pairs = [
            (name, str(value))
            for name, values in (params or {}).items()
            for value in (values if isinstance(values, list) else [values])
        ]
        headers = {"x-api-key": key, "anthropic-version": version, "anthropic-beta": beta}
        return _http.get(path, params=pairs, headers=headers)

    return ask


@pytest.fixture
def pages(get: Get) -> Callable[..., list[dict[str, Any]]]:
    """Read every page of a cursor scheme."""

    def read(path: str, params: dict[str, Any], **how: Any) -> list[dict[str, Any]]:
        found, asked = [], dict(params)
        while True:
            answer = get(path, asked, **how)
            assert answer.status_code == 200, answer.text
            found.append(answer.json())
            if found[-1]["next_page"] is None:
                return found
            asked["page"] = found[-1]["next_page"]

    return read


def _sdk(server: Server, key: str) -> Anthropic:
    return Anthropic(
        api_key=key, base_url=server.base_url, max_retries=0, _strict_response_validation=True
    )


@pytest.fixture
def console(server: Server) -> Iterator[Anthropic]:
    """The official SDK with the Admin key; an answer of another shape than its types raises."""
    with _sdk(server, PLATFORM_KEY) as client:
        yield client


@pytest.fixture
def seats(server: Server) -> Iterator[Anthropic]:
    """The official SDK with the analytics key."""
    with _sdk(server, ANALYTICS_KEY) as client:
        yield client
