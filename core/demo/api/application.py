"""The application: routes, and what every request passes before it reaches one."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.demo.behaviour import Behaviour
from core.demo.organisation import Organisation


def app(organisation: Organisation, behaviour: Behaviour | None = None) -> Starlette:
    """Return the API of an organisation as an ASGI application."""

    async def me(_: Request) -> Response:
        return JSONResponse(
            {
                "id": organisation.platform_id,
                "name": "Larkspur Commerce",
                "type": "organization",
            }
        )

    application = Starlette(routes=[Route("/v1/organizations/me", me)])
    application.state.behaviour = behaviour or Behaviour()
    return application
