"""The headers of every answer, and that they fit Streamlit's own page."""

import base64
import hashlib
import re
from importlib.resources import files

import pytest
from server_desk import ELSEWHERE, client

from core.server.headers import policy


def directives() -> dict[str, list[str]]:
    parts = (part.split() for part in policy().split("; "))
    return {name: values for name, *values in parts}


def test_no_eval_no_inline_script_and_no_other_host():
    allowed = directives()
    assert "'unsafe-eval'" not in policy()
    assert "'unsafe-inline'" not in allowed["script-src"]
    assert allowed["default-src"] == ["'self'"]
    assert allowed["connect-src"] == ["'self'"]
    assert allowed["object-src"] == ["'none'"]
    sources = {value for values in allowed.values() for value in values}
    others = {s for s in sources if not s.startswith("'")}
    assert others <= {"data:", "blob:"}  # a scheme or host here would let figures leave


def test_streamlits_own_inline_scripts_are_allowed_by_their_hashes():
    page = files("streamlit").joinpath("static", "index.html").read_text("utf-8")
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", page, re.DOTALL)
    assert inline
    wanted = {
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in inline
    }
    assert set(directives()["script-src"]) == {"'self'", *wanted}


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/nowhere"])
def test_every_answer_carries_them(path: str):
    headers = client(ELSEWHERE).get(path).headers
    assert headers["content-security-policy"] == policy()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["referrer-policy"] == "no-referrer"
