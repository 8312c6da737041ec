"""What holds for every test: its own environment and ledger, empty caches, no outside network."""

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import databases
import pytest
from databases import database, ledger_url, ledgers, postgresql
from fault_summary import pytest_terminal_summary
from hypothesis import HealthCheck, settings

from core.access import acting
from core.access.people import operator

settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", parent=settings.get_profile("ci"), max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

__all__ = ["database", "ledger_url", "ledgers", "postgresql", "pytest_terminal_summary"]

_OURS = ("CLAUDE_SPEND_", "ANTHROPIC_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def is_loopback(host: str) -> bool:
    """Say whether a host name or address never leaves this machine."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in {"", "localhost", socket.gethostname()}


def _refuse(host: str) -> None:
    # Failed is no Exception: no `except Exception` on the way can swallow it.
    pytest.fail(f"A test tried to reach {host!r}; tests reach nothing but loopback addresses.")


def _host(address: Any) -> str:
    return str(address[0]) if isinstance(address, tuple) else ""


@pytest.fixture(autouse=True)
def no_outside_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail any test that looks up or connects to anything but this machine.

    Names under `.invalid` do not exist (RFC 2606) and fail as they would, without being asked for.
    """
    connect, connect_ex, lookup = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def guarded(real: Any) -> Any:
        def call(self: socket.socket, address: Any) -> Any:
            if not is_loopback(_host(address)):
                _refuse(_host(address))
            return real(self, address)

        return call

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host or ""
        if name.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not is_loopback(name):
            _refuse(name)
        return lookup(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
    monkeypatch.setattr(socket, "getaddrinfo", guarded_lookup)


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test an environment without our variables, and a ledger of its own."""
    for name in list(os.environ):
        if name.startswith(_OURS) or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("CLAUDE_SPEND_DATABASE_URL", f"sqlite:///{tmp_path}/ledger.sqlite3")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    if sys.platform == "darwin":
        monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def operated() -> Iterator[None]:
    """Act for the machine's operator in the test's own thread, whatever pages the test opens."""
    with acting.acting_as(operator()):
        yield
    acting.ask(None)


@pytest.fixture(autouse=True)
def empty_caches() -> Iterator[None]:
    """Empty Streamlit's process-wide caches after the test, where the test loaded Streamlit."""
    yield
    if "streamlit" in sys.modules:
        import streamlit as st

        st.cache_data.clear()
        st.cache_resource.clear()


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks that the tests give themselves."""
    config.addinivalue_line("markers", "sqlite(why): is of SQLite alone, and says why")
    config.addinivalue_line("markers", "once(why): runs on one database at a time, and says why")
    config.addinivalue_line("markers", "both: runs on SQLite and on PostgreSQL every time")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests on both databases where `databases.py` says so."""
    databases.parametrize(metafunc)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what only SQLite has where the tests run on PostgreSQL."""
    databases.skip_what_only_sqlite_has(items)


TOGETHER = ("browser", "cli")
"""Folders whose tests share what is slow to make, so that one worker runs all of them."""


def scope(nodeid: str) -> str:
    """Return what is run by one worker: a folder of TOGETHER, else the single test."""
    folder = nodeid.removeprefix("tests/").partition("/")[0]
    return folder if folder in TOGETHER else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Schedule by `scope`; pytest-xdist's own marks do nothing under pytest 9."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid)

    return Scheduling(config, log)
