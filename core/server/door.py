"""Who may read the metrics: this machine, or whoever brings the token."""

import hmac

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core.access.door import visit
from core.errors import SpendError
from core.server.state import settings

GUARDED = ("/metrics", "/_stcore/metrics")
_REFUSED = (
    "The metrics are for this machine alone, or for whoever sends the header\n"
    "Authorization: Bearer followed by the value of CLAUDE_SPEND_METRICS_TOKEN.\n"
)


class MetricsDoor:
    """ASGI middleware that answers 403 to a stranger who asks for the metrics."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is not guarded, or comes from somebody who may."""
        guarded = scope["type"] == "http" and str(scope["path"]).endswith(GUARDED)
        if guarded and not allowed(Request(scope)):
            await PlainTextResponse(_REFUSED, 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def allowed(request: Request) -> bool:
    """Say whether a request may read the metrics: with the token, or without one from here.

    A proxy on this machine is no excuse: what it passes on for somebody else says so.
    """
    try:
        token = settings().metrics_token
    except SpendError:
        return False  # settings that cannot be read may have meant a token
    if token is not None:
        return hmac.compare_digest(
            request.headers.get("authorization", "").encode(),
            f"Bearer {token.get_secret_value()}".encode(),
        )
    peer = request.client.host if request.client else ""
    return bool(peer) and visit(peer, request.headers).is_local
