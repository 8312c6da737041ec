"""A scripted Anthropic API: one answer a path, documented errors for the rest."""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import httpx
import pytest

from core.anthropic.transport import Client
from core.connections.checks import check
from core.settings import Settings

ROOT = "/v1/organizations"
ANALYTICS = f"{ROOT}/analytics"
UUID = "12345678-1234-5678-1234-567812345678"
CANARY = "canary4711" * 9
KEYS = {
    "admin": f"sk-ant-admin01-{CANARY}",
    "analytics": f"sk-ant-api01-{CANARY}",
    "api": f"sk-ant-api03-{CANARY}",
    "oauth": f"sk-ant-oat01-{CANARY}",
    "refresh": f"sk-ant-ort01-{CANARY}",
    "gateway": f"gateway-{CANARY}",
}
UNTRUSTED = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]")
UNTRUSTED.__cause__ = ssl.SSLCertVerificationError("self-signed certificate in chain")
UNTRUSTED.__cause__.verify_message = "self-signed certificate in chain"
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
EMPTY = {"data": [], "has_more": False, "next_page": None}
LIST = {"data": [], "has_more": False, "first_id": None, "last_id": None}


def refusal(status, message="", error_code="", request_id="req_011C"):
    """Return the documented error answer of a status."""
    error = {"type": TYPES[status], "message": message}
    if error_code:
        error["details"] = {"error_code": error_code}
    body = {"type": "error", "error": error, "request_id": request_id}
    return httpx.Response(status, json=body)


@dataclass
class Api:
    """What the API answers, by path; anything else is 404."""

    settings: Settings
    answers: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    organization_id: str = UUID

    def answer(self, request):
        self.asked.append(request)
        found = self.answers.get(request.url.path, refusal(404, "Not found"))
        if isinstance(found, Exception):
            raise found
        content = found.content if isinstance(found, httpx.Response) else None
        if content is not None:
            return httpx.Response(found.status_code, content=content, headers=found.headers)
        headers = {"anthropic-organization-id": self.organization_id, "request-id": "req_ok"}
        return httpx.Response(200, json=found, headers=headers)

    @property
    def paths(self):
        return [request.url.path for request in self.asked]

    def platform(self, *, unified=True):
        self.answers |= {
            f"{ROOT}/me": {"id": UUID, "name": "Larkspur Ltd", "type": "organization"},
            f"{ROOT}/cost_report": EMPTY,
            f"{ROOT}/usage_report/messages": EMPTY,
            f"{ROOT}/usage_report/claude_code": EMPTY,
            f"{ROOT}/workspaces": LIST,
            f"{ROOT}/api_keys": LIST,
            f"{ROOT}/users": LIST,
        }
        return self.unified() if unified else self

    def unified(self):
        self.answers |= {f"{ANALYTICS}/cost": EMPTY, f"{ANALYTICS}/usage": EMPTY}
        return self

    def enterprise(self, *, unified=True):
        reports = ("cost_report", "usage_report", "user_cost_report", "user_usage_report")
        self.answers |= {f"{ANALYTICS}/{name}": EMPTY for name in reports}
        self.answers |= {
            f"{ANALYTICS}/users": {"data": [], "next_page": None},
            f"{ANALYTICS}/summaries": {"data": [], "next_page": None},
            f"{ROOT}/rbac_groups": EMPTY,
            f"{ROOT}/users": LIST,
            f"{ROOT}/spend_limits/effective": {"data": [], "next_page": None},
        }
        return self.unified() if unified else self

    def everywhere(self, answer):
        """Give every path the same answer."""
        self.answers = dict.fromkeys(self.platform().enterprise().answers, answer)
        return self

    def check(self, kind, key, organization_id=""):
        return check(
            kind,
            KEYS.get(key, key),
            self.settings,
            organization_id,
            clock=lambda: datetime(2026, 11, 23, 5, tzinfo=UTC),
        )


@pytest.fixture
def api(monkeypatch):
    # The transport is replaced, not mocked by respx: that raises errors in circles of causes, and
    # a refused certificate is known by its cause.
    scripted = Api(Settings(api_url="https://api.anthropic.com"))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    transport = httpx.MockTransport(scripted.answer)
    monkeypatch.setattr("core.connections.checks.Client", partial(Client, transport=transport))
    return scripted
