"""The key goes into exactly one header, request by request, and is kept nowhere else.

A gateway's token has no form to know it by, and gateways like to quote what they were sent: hence
it is hidden from every text that is shown or logged.
"""

from collections.abc import Callable

import httpx
from pydantic import SecretStr

from core.errors import KeyMalformed, KeyMissing
from core.logs import hide


def sign(key: SecretStr) -> Callable[[httpx.Request], httpx.Request]:
    """Return what puts the key into a request: OAuth tokens as Bearer, keys as `x-api-key`.

    Raises KeyMissing and KeyMalformed for text that no header can carry: the HTTP library would
    refuse it too, and quote it.
    """
    if not key.get_secret_value():
        raise KeyMissing("No key was given.", "", "Enter the key of this connection.")
    if not _can_be_sent(key.get_secret_value()):
        raise KeyMalformed(
            "This is not a key.",
            "It holds spaces, line breaks or characters that no key has.",
            "Copy the key again, whole and by itself.",
        )
    hide(key)

    def put(request: httpx.Request) -> httpx.Request:
        if key.get_secret_value().startswith("sk-ant-oat"):
            request.headers["authorization"] = f"Bearer {key.get_secret_value()}"
        else:
            request.headers["x-api-key"] = key.get_secret_value()
        return request

    return put


def _can_be_sent(secret: str) -> bool:
    return secret.isascii() and secret.isprintable() and " " not in secret
