"""The simulated API on a loopback port, served from a thread of this process."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

import uvicorn

from core.demo.api.application import app
from core.demo.behaviour import Behaviour, Seen
from core.demo.organisation import Organisation

_PATIENCE = 10.0


@dataclass(frozen=True)
class Server:
    """A running simulation: where it listens, how it behaves, what it was asked."""

    base_url: str
    behaviour: Behaviour

    @property
    def requests(self) -> list[Seen]:
        """Return the requests answered so far, oldest first."""
        return self.behaviour.requests


@contextmanager
def serve(organisation: Organisation, behaviour: Behaviour | None = None) -> Iterator[Server]:
    """Serve an organisation on a free port of 127.0.0.1 until the context is left.

    Raises RuntimeError when the server does not come up within ten seconds.
    """
    knobs = behaviour or Behaviour()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        app(organisation, knobs),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="simulated-api", daemon=True
    )
    thread.start()
    try:
        _wait(server, thread)
        yield Server(f"http://127.0.0.1:{port}", knobs)
    finally:
        server.should_exit = True
        thread.join(_PATIENCE)
        listener.close()


def _wait(server: uvicorn.Server, thread: Thread) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("The simulated API did not start.")
        time.sleep(0.005)
