"""Whether a body is what the API sends: one whole JSON object."""

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


def damage(body: bytes, path: str, request_id: str | None) -> SpendError | None:
    """Return what is wrong with the body of a 200, or None; fields are not looked at."""
    known = place(path, 200, request_id)
    if is_html(body):
        return _foreign(f"A proxy or sign-in page answered. {known}", request_id)
    if not body.lstrip().startswith(b"{") and body.strip():
        return _foreign(f"What came back is no JSON object. {known}", request_id)
    try:
        body.decode()
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ServiceUnavailable(
            "Anthropic's answer broke off.",
            f"The JSON of the answer is cut short or damaged. {known}",
            PASSES,
            http_status=200,
            request_id=request_id,
        )
    except RecursionError:
        return _foreign(f"The JSON is nested beyond all measure. {known}", request_id)
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
