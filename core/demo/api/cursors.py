"""Opaque cursors: bound to their query, and to the export of the data they were given out from."""

import base64
import binascii
import json

from core.demo.api.refusals import Refusal, bad

_PREFIX = "page_"


def make(digest: str, generation: int, offset: int) -> str:
    """Return the cursor for the page that begins at an offset."""
    text = json.dumps([digest, generation, offset]).encode()
    return _PREFIX + base64.urlsafe_b64encode(text).decode()


def read(cursor: str | None, digest: str, generation: int) -> int:
    """Return the offset of a cursor, 0 without one.

    Refuses one that was never given out or that belongs to another query (400), and one from
    before the data was refreshed (410).
    """
    if cursor is None:
        return 0
    if not cursor.startswith(_PREFIX):
        raise bad("page: Invalid cursor.")
    try:
        raw = base64.b64decode(cursor.removeprefix(_PREFIX), altchars=b"-_", validate=True)
        bound, made, offset = json.loads(raw)
    except (ValueError, binascii.Error, TypeError):
        raise bad("page: Invalid cursor.") from None
    if bound != digest:
        raise bad("page: This cursor belongs to a query with other parameters.")
    if made != generation:
        raise Refusal(410, "The data was refreshed. Start again from the first page.")
    return int(offset)
