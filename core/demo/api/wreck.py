"""Answers that go wrong on purpose."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.demo.api.call import encode
from core.demo.api.refusals import envelope
from core.demo.behaviour import Fault

DROP = "simulation.drop"
"""The message that asks the server to drop the connection; `serve` understands it."""

_PIECES = 40
_SIGN_IN = b"""<!doctype html><html><head><title>Sign in</title></head>
<body><h1>Corporate proxy</h1><p>Please sign in to continue.</p></body></html>"""
_MESSAGES = {
    429: "This request would exceed your organization's rate limit.",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "The request timed out.",
    529: "Overloaded",
}


class Wreck(Response):
    """A connection that is dropped: before the answer, or after a part of its body."""

    def __init__(self, part: bytes | None = None) -> None:
        super().__init__(part or b"", media_type="application/json")
        self.part = part

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the part as the beginning of a longer body, then have the connection dropped."""
        if self.part is not None:
            length = str(len(self.part) * 2 + 1).encode()
            headers = [(b"content-type", b"application/json"), (b"content-length", length)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": self.part, "more_body": True})
        await send({"type": DROP})


class Drip(Response):
    """A true answer whose body comes in small pieces, some seconds apart."""

    def __init__(self, body: bytes, every: float) -> None:
        super().__init__(body, media_type="application/json")
        self.every = every

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces; the server ends this when the client has gone."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        body, step = bytes(self.body), max(1, len(self.body) // _PIECES)
        for at in range(0, len(body), step):
            await send(
                {"type": "http.response.body", "body": body[at : at + step], "more_body": True}
            )
            await asyncio.sleep(self.every)
        await send({"type": "http.response.body", "body": b""})


def altered(fault: Fault, response: Response) -> Response:
    """Return a true answer as a fault damages it on its way."""
    body, request_id = bytes(response.body), response.headers["request-id"]
    headers, media = {"request-id": request_id}, "application/json"
    if fault.kind == "cut":
        return Wreck(body[: len(body) // 2])
    if fault.kind == "drip":
        return Drip(body, fault.every)
    if fault.kind == "edit":
        edited = fault.edit(body) if fault.edit and response.status_code == 200 else body
        return Response(edited, response.status_code, headers, media)
    return Response(body[: len(body) // 2], 200, headers, media)


def scripted(fault: Fault, request_id: str) -> Response:
    """Return the answer of a fault that does not look at the request."""
    if fault.kind == "reset":
        return Wreck()
    headers = {"request-id": request_id, **fault.headers}
    if fault.kind == "html":
        return Response(_SIGN_IN, 200, headers, "text/html")
    body = fault.body
    if isinstance(body, bytes | str):
        return Response(body, fault.status, headers, "application/json")
    if body is None:
        message = _MESSAGES.get(fault.status, "Scripted failure")
        return Response(
            encode(envelope(fault.status, message, request_id)),
            fault.status,
            headers,
            "application/json",
        )
    return Response(encode(body), fault.status, headers, "application/json")
