"""What the tests of the client share: scripted answers, and a key to look out for."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from core.anthropic.pace import Pace
from core.anthropic.transport import Client

KEY = "sk-ant-admin01-CANARY-9f8e7d6c5b4a39281706f5e4d3c2b1a0AA"
API = "https://api.anthropic.com"
REQUEST_ID = "req_011CSHoEeqs5C35K2UUqR7Fy"

Made = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def ok(data: Any, **headers: str) -> httpx.Response:
    """Return a success with a JSON body and a request id."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, json=data, headers={"request-id": REQUEST_ID, **named})


def refusal(
    status: int, kind: str = "api_error", message: str = "", code: str = "", **headers: str
) -> httpx.Response:
    """Return an error in the documented envelope."""
    error: dict[str, Any] = {"type": kind, "message": message}
    if code:
        error["details"] = {"error_code": code}
    body = {"type": "error", "error": error, "request_id": REQUEST_ID}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers=named)


@dataclass
class Script:
    """Answers requests one after the other, the last answer again and again; records them all."""

    answers: Sequence[Made]
    requests: list[httpx.Request] = field(default_factory=list)
    sleeps: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(request)
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    @property
    def queries(self) -> list[list[tuple[str, str]]]:
        """Return the decoded query of each request, repeated names repeated."""
        return [request.url.params.multi_items() for request in self.requests]

    def client(self, key: str = KEY, base_url: str = API, **options: Any) -> Client:
        """Return a client that this script answers, without real waiting."""
        options.setdefault("pace", Pace(1000, engaged=False))
        return Client(
            SecretStr(key),
            base_url,
            transport=httpx.MockTransport(self),
            sleep=self.sleeps.append,
            **options,
        )


def script(*answers: Made) -> Script:
    """Return a script of these answers."""
    return Script(answers)


def page(data: list[Any], **envelope: Any) -> httpx.Response:
    """Return a page of an answer."""
    return ok({"data": data, "has_more": False, "next_page": None, **envelope})


def parsed(text: str) -> Any:
    """Return a documented payload as Python objects."""
    return json.loads(text)
