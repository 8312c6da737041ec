"""A server on a loopback port that answers with the bytes, and the faults, that a test gives it."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from typing import Self

Behaviour = Callable[[socket.socket], None]


def whole(body: bytes, status: str = "200 OK", *headers: str) -> Behaviour:
    """Return a complete answer."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers]
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return lambda wire: wire.sendall(head + body)


def short(body: bytes, promised: int) -> Behaviour:
    """Return an answer that promises more bytes than it sends."""
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {promised}\r\n\r\n".encode()
    return lambda wire: wire.sendall(head + body)


def torn(body: bytes) -> Behaviour:
    """Return an answer whose connection is reset in the middle of its body."""

    def behave(wire: socket.socket) -> None:
        wire.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n" + body)
        time.sleep(0.02)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return behave


def silent(seconds: float = 0.0) -> Behaviour:
    """Return a connection that is closed without an answer, after some seconds."""
    return lambda wire: time.sleep(seconds)


def dripping(body: bytes, every: float) -> Behaviour:
    """Return an answer that comes one byte at a time."""

    def behave(wire: socket.socket) -> None:
        wire.sendall(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n".encode())
        for byte in body:
            wire.sendall(bytes([byte]))
            time.sleep(every)

    return behave


class Loopback:
    """Serves one behaviour a connection, the last one again and again; records request heads."""

    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        self.heads: list[bytes] = []
        self._behaviours = behaviours
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = False
        self._thread = threading.Thread(target=self._serve)

    @property
    def port(self) -> int:
        """Return the port that the server listens on."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Return the base URL of the server."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        with socket.create_connection(("127.0.0.1", self.port)):
            pass  # wakes the listener, which then ends
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            wire, _ = self._listener.accept()
            with wire:
                if self._closing:
                    return
                head = self._head(wire)
                self.heads.append(head)
                behave = self._behaviours[min(len(self.heads), len(self._behaviours)) - 1]
                try:
                    behave(wire)
                except OSError:
                    continue  # the client gave up, as it should

    @staticmethod
    def _head(wire: socket.socket) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            chunk = wire.recv(65536)
            if not chunk:
                return head
            head += chunk
        return head


def loopback(*behaviours: Behaviour) -> Loopback:
    """Return a server for these behaviours."""
    return Loopback(behaviours)
