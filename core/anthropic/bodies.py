"""Whether a body is what the API sends: one whole JSON object."""

from collections.abc import Callable
from typing import Any

import msgspec

from core.anthropic.words import PASSES, place
from core.errors import ServiceUnavailable, SpendError, UnexpectedResponse

LARGEST = 256 * 2**20
"""Bytes, decompressed; the largest documented page has about 15 MB."""

PROXY_FIX = (
    "Let api.anthropic.com through, sign in to the network, or correct CLAUDE_SPEND_API_URL."
)


def is_html(body: bytes) -> bool:
    """Say whether a body is a web page."""
    return body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def read(
    body: bytes, path: str, request_id: str | None, parse: Callable[[bytes], Any]
) -> tuple[Any, SpendError | None]:
    """Return the body of a 200 as `parse` reads it, and what is wrong with it, if anything is.

    Whole JSON of an unexpected form is not damaged: then the value is None.
    """
    known = place(path, 200, request_id)
    if is_html(body):
        return None, _foreign(f"A proxy or sign-in page answered. {known}", request_id)
    if not body.lstrip().startswith(b"{") and body.strip():
        return None, _foreign(f"What came back is no JSON object. {known}", request_id)
    try:
        return _parsed(body, parse), None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, ServiceUnavailable(
            "Anthropic's answer broke off.",
            f"The JSON of the answer is cut short or damaged. {known}",
            PASSES,
            http_status=200,
            request_id=request_id,
        )
    except RecursionError:
        return None, _foreign(f"The JSON is nested beyond all measure. {known}", request_id)


def scan(body: bytes) -> None:
    """Read JSON without keeping any of it; raises msgspec.DecodeError, UnicodeDecodeError."""
    body.decode()
    msgspec.json.decode(body, type=msgspec.Raw)


def _parsed(body: bytes, parse: Callable[[bytes], Any]) -> Any:
    try:
        return parse(body)
    except msgspec.ValidationError:
        # The parser stops at the first field that misfits: the rest may still be damaged.
        scan(body)
    return None


def too_large(path: str) -> UnexpectedResponse:
    """Return the error for an answer that does not end."""
    return _foreign(f"The answer is larger than {LARGEST // 2**20} MB. {place(path)}", None)


def _foreign(cause: str, request_id: str | None) -> UnexpectedResponse:
    return UnexpectedResponse(
        "Something else than the Anthropic API answered.",
        cause,
        PROXY_FIX,
        http_status=200,
        request_id=request_id,
    )
