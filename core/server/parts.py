"""The server around the pages: what `app.py` gives to Streamlit's own."""

from typing import Any

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.server.door import MetricsDoor
from core.server.headers import SecurityHeaders
from core.server.health import healthz
from core.server.outside import ask_nobody


def parts() -> dict[str, Any]:
    """Return the routes and the middleware of the server, as `streamlit.App` takes them.

    From then on the process asks no other host for its own address.
    """
    ask_nobody()
    return {
        "routes": [
            Route("/healthz", healthz),
            Route("/metrics", _metrics),
        ],
        "middleware": [Middleware(SecurityHeaders), Middleware(MetricsDoor)],
    }


def _metrics(request: Request) -> Response:
    # Imported at the first question: most dashboards are never asked.
    from core.server.metrics import metrics

    return metrics(request)
