"""The application: its routes, and the way of a request from arrival to answer."""

import asyncio
import itertools
import time
from collections.abc import Callable
from urllib.parse import unquote_plus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.demo.api import (
    activity,
    admin,
    budgets,
    claude_code,
    directory,
    gate,
    seat_reports,
    unified,
)
from core.demo.api.call import Call, World, encode
from core.demo.api.limits import Pace
from core.demo.api.query import Query
from core.demo.api.refusals import Refusal, envelope, not_found
from core.demo.api.wreck import Wreck, altered, scripted
from core.demo.behaviour import Behaviour, Fault, Seen
from core.demo.organisation import Organisation

Endpoint = Callable[[Call], bytes]
_ROOT = "/v1/organizations"
_NOTED = 10_000
"""How many requests are remembered at least; a simulation may run for months."""

_ENDPOINTS: tuple[tuple[str, gate.Need, Endpoint], ...] = (
    ("/me", "admin", directory.me),
    ("/workspaces", "admin", directory.workspaces),
    ("/workspaces/{workspace_id}", "admin", directory.workspace),
    ("/api_keys", "admin", directory.api_keys),
    ("/api_keys/{api_key_id}", "admin", directory.api_key),
    ("/users", "members", directory.users),
    ("/users/{user_id}", "members", directory.user),
    ("/service_accounts", "oauth", directory.service_accounts),
    ("/cost_report", "admin", admin.cost_report),
    ("/usage_report/messages", "admin", admin.usage_report),
    ("/usage_report/claude_code", "admin", claude_code.claude_code),
    ("/analytics/cost", "unified", unified.cost),
    ("/analytics/usage", "unified", unified.usage),
    ("/analytics/cost_report", "analytics", seat_reports.cost_report),
    ("/analytics/usage_report", "analytics", seat_reports.usage_report),
    ("/analytics/user_cost_report", "analytics", seat_reports.user_cost_report),
    ("/analytics/user_usage_report", "analytics", seat_reports.user_usage_report),
    ("/analytics/users", "analytics", activity.users),
    ("/analytics/summaries", "analytics", activity.summaries),
    ("/rbac_groups", "groups", budgets.groups),
    ("/rbac_groups/{rbac_group_id}/members", "groups", budgets.members),
    ("/spend_limits/effective", "spend", budgets.effective),
)


class _Desk:
    """Answers requests one after the other, and notes them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pace = Pace()
        self.numbers = itertools.count(1)

    def handler(self, need: gate.Need | None, endpoint: Endpoint | None) -> Callable[..., object]:
        """Return the Starlette endpoint of a route."""

        async def handle(request: Request) -> Response:
            query = unquote_plus(request.url.query)
            fault = self.world.behaviour.fault(request.url.path, query)
            if fault is not None and fault.delay:
                await asyncio.sleep(fault.delay)
            response = self._respond(request, fault, need, endpoint)
            self._note(request, 0 if isinstance(response, Wreck) else response.status_code)
            return response

        return handle

    def _respond(
        self,
        request: Request,
        fault: Fault | None,
        need: gate.Need | None,
        endpoint: Endpoint | None,
    ) -> Response:
        request_id = f"req_demo{next(self.numbers):08d}"
        if fault is not None and fault.kind in {"answer", "html", "reset"}:
            return scripted(fault, request_id)
        response = self._answer(request, request_id, need, endpoint)
        return response if fault is None else altered(fault, response)

    def _answer(
        self,
        request: Request,
        request_id: str,
        need: gate.Need | None,
        endpoint: Endpoint | None,
    ) -> Response:
        headers = {"request-id": request_id}
        try:
            self.pace.admit(self.world.behaviour)
            body = self._body(request, headers, need, endpoint)
        except Refusal as refusal:
            headers.update(refusal.headers)
            content = envelope(refusal.status, refusal.message, request_id, refusal.code)
            return Response(encode(content), refusal.status, headers, "application/json")
        return Response(body, 200, headers, "application/json")

    def _body(
        self,
        request: Request,
        headers: dict[str, str],
        need: gate.Need | None,
        endpoint: Endpoint | None,
    ) -> bytes:
        """Return the answer of the endpoint to a request that may have it."""
        found = gate.credential(request.headers)
        version = gate.version(request.headers)
        world = self.world
        organisation = world.organisation(found.side)
        seats = found.side == "enterprise"
        owner = organisation.enterprise_id if seats else organisation.platform_id
        headers["anthropic-organization-id"] = owner
        if need is None or endpoint is None:
            raise not_found()
        named = request.headers.getlist("anthropic-beta")
        betas = frozenset(beta.strip() for line in named for beta in line.split(","))
        gate.admit(need, world.behaviour, found, betas)
        call = Call(
            world=world,
            organisation=organisation,
            credential=found,
            path=request.url.path,
            query=Query(request.query_params.multi_items()),
            version=version,
            betas=betas,
            now=world.now(),
            place=dict(request.path_params),
        )
        return endpoint(call)

    def _note(self, request: Request, status: int) -> None:
        pairs = tuple(request.query_params.multi_items())
        headers = dict(request.headers)
        seen = Seen(request.url.path, pairs, headers, status, time.monotonic())
        noted = self.world.behaviour.requests
        noted.append(seen)
        if len(noted) > 2 * _NOTED:
            del noted[:-_NOTED]


def app(organisation: Organisation, behaviour: Behaviour | None = None) -> Starlette:
    """Return the API of an organisation as an ASGI application.

    `behaviour` may be changed at any time; it is also `app.state.behaviour`.
    """
    knobs = behaviour or Behaviour()
    desk = _Desk(World(organisation, knobs))
    routes = [
        Route(_ROOT + path, desk.handler(need, endpoint), methods=["GET"])
        for path, need, endpoint in _ENDPOINTS
    ]
    routes.append(Route("/{path:path}", desk.handler(None, None)))
    application = Starlette(routes=routes)
    application.state.behaviour = knobs
    return application
