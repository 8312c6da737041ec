"""A key goes from the browser to the server in one frame, and no byte of it ever comes back."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from playwright.sync_api import Page, Response, WebSocket, expect
from stage import Server, settled

from core import demo

Start = Callable[..., Server]
Open = Callable[..., Page]

WRONG = "sk-ant-admin01-c4Nw8RyQz1TbXe6VhUjKm2OpLs9dGfA3iBn7YtEq5WoZxCvMkHrJuDlPaSgFy0KtTb1XAA"


@dataclass
class Wire:
    """All that a server sent to a page, and the frames that the page sent."""

    came: list[bytes] = field(default_factory=list)
    went: list[bytes] = field(default_factory=list)

    def tap(self, page: Page) -> None:
        """Listen from now on; the page has to be loaded again."""
        page.on("websocket", self._open)
        page.on("response", self._answer)

    def _open(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.came.append(_bytes(frame)))
        socket.on("framesent", lambda frame: self.went.append(_bytes(frame)))

    def _answer(self, response: Response) -> None:
        text = str(response.headers).encode()
        self.came.append(response.url.encode() + text)

    def holds(self, key: str) -> list[str]:
        """Return in which forms a key came back."""
        whole = b"".join(self.came)
        return [name for name, form in forms(key).items() if form in whole]


def _bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


def forms(key: str) -> dict[str, bytes]:
    raw, middle = key.encode(), len(key) // 2
    return {
        "plain": raw,
        "its middle": raw[middle - 10 : middle + 10],
        "reversed": raw[::-1],
        "hex": raw.hex().encode(),
        "URL": quote(key, safe="").replace("-", "%2D").encode(),
        "base64": base64.b64encode(raw)[4:-4],
    }


def enter(page: Page, organization: str, key: str) -> None:
    page.get_by_role("textbox", name="Name").first.fill("Production")
    page.get_by_role("textbox", name="Organization ID").fill(organization)
    page.get_by_role("textbox", name="Admin API key").fill(key)
    page.get_by_role("button", name="Check and connect").first.click()


def test_no_frame_from_the_server_holds_a_key(start: Start, open_page: Open) -> None:
    with demo.serve(demo.organisation(), demo.Behaviour()) as api:
        server = start(
            CLAUDE_SPEND_API_URL=api.base_url,
            CLAUDE_SPEND_DEMO="0",
            CLAUDE_SPEND_LOG="DEBUG",
            CLAUDE_SPEND_SYNC_EVERY_MINUTES="0",
        )
        page, wire = open_page(server, "/connections"), Wire()
        wire.tap(page)
        page.reload()
        settled(page)
        echo = {"error": {"type": "authentication_error", "message": f"x-api-key: {WRONG} is bad"}}
        api.behaviour.faults[:] = [demo.Fault(times=10**9, status=401, body=echo)]
        enter(page, "", WRONG)
        expect(page.get_by_role("alert")).to_contain_text(re.compile("key"), timeout=30_000)
        settled(page)
        for path in ("/alerts", "/overview", "/connections"):
            page.goto(server.url + path)
            settled(page)
        kept = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
        seen = page.content() + kept
    assert any(WRONG.encode() in frame for frame in wire.went)
    assert len(wire.came) > 20
    assert any(b"is bad" in frame for frame in wire.came)
    assert wire.holds(WRONG) == []
    assert [name for name, form in forms(WRONG).items() if form in seen.encode()] == []
    assert [name for name, form in forms(WRONG).items() if form in server.log.encode()] == []
