"""The simulated API on a loopback port, served from a thread of this process."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.demo.api.application import app
from core.demo.api.wreck import DROP
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


class _Droppable:
    """Carries out the wish to drop a connection, which ASGI itself has no word for."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def pass_on(message: Message) -> None:
            if message["type"] != DROP:
                await send(message)
                return
            cycle = getattr(send, "__self__")  # noqa: B009 - uvicorn's, not in Send's type
            if cycle.response_started:
                cycle.transport.close()  # after what was written has left
            else:
                cycle.transport.abort()
            while (await receive())["type"] != "http.disconnect":
                pass

        await self.inner(scope, receive, pass_on)


@contextmanager
def serve(organisation: Organisation, behaviour: Behaviour | None = None) -> Iterator[Server]:
    """Serve an organisation on a free port of 127.0.0.1 until the context is left.

    Raises RuntimeError when the server does not come up within ten seconds.
    """
    knobs = behaviour or Behaviour()
    # naming TCP lets asyncio send small answers at once, instead of 40 ms later
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        _Droppable(app(organisation, knobs)),
        log_config=None,
        access_log=False,
        log_level="warning",
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
