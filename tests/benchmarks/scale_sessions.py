"""Fifty visitors of one dashboard: real sessions over WebSockets, as a browser opens them."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "browser")]

from stage import ROOT, free_port  # noqa: E402 (first the path, then what lies there)

SESSIONS = 50
PAGE = "explorer"


def fifty() -> dict[str, float]:
    """Return what the server holds with one session and what each further one adds, and its time.

    A session stays open after it has drawn the page whole.
    """
    port = free_port()
    words = ["-m", "streamlit", "run", str(ROOT / "app.py"), f"--server.port={port}",
             "--server.address=127.0.0.1", "--server.headless=true"]  # fmt: skip
    with subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL
    ) as server:
        try:
            _await(port)
            held = [_visit(port)[0]]
            one = _memory_mb(server.pid)
            taken = []
            for _ in range(SESSIONS - 1):
                session, seconds = _visit(port)
                held.append(session)
                taken.append(seconds)
            every = _memory_mb(server.pid)
            assert f"active_sessions {SESSIONS}" in _asked(port, "metrics")
            for session in held:
                session.close()
        finally:
            server.terminate()
    return {
        "one_mb": one, "fifty_mb": every, "each_more_mb": (every - one) / (SESSIONS - 1),
        "page_p50_ms": sorted(taken)[len(taken) // 2] * 1_000,
    }  # fmt: skip


def _asked(port: int, name: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}/_stcore/{name}", timeout=5) as answer:
        return str(answer.read(), "utf-8")


def _await(port: int) -> None:
    for _ in range(200):
        try:
            _asked(port, "health")
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def _visit(port: int) -> tuple[ClientConnection, float]:
    """Open a session on the page; return it when its script has run to the end, and how long."""
    began = time.perf_counter()
    session = connect(
        f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"],  # type: ignore[list-item]
        origin=f"http://127.0.0.1:{port}", max_size=None,  # type: ignore[arg-type]
    )  # fmt: skip
    asked = BackMsg()
    asked.rerun_script.page_name = PAGE
    session.send(asked.SerializeToString())
    drawn = 0
    while True:
        answer = ForwardMsg.FromString(bytes(session.recv(timeout=120)))
        kind = answer.WhichOneof("type")
        drawn += kind == "delta"
        if kind == "script_finished" and answer.script_finished == 0:
            break
    # The frame alone has fewer parts: what was measured would not be the page.
    assert drawn > 20, f"only {drawn} parts were drawn"
    return session, time.perf_counter() - began


def _memory_mb(process: int) -> float:
    held = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    return int(held) * resource.getpagesize() / 1e6
