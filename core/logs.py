"""Logs go to standard error, and no key gets into them."""

import logging
import re
import sys

_KEY = re.compile(r"sk-ant-[A-Za-z0-9]+-[A-Za-z0-9_\-]{6,}")
_QUERY = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]*")


def redact(text: str) -> str:
    """Return a text without the keys and query strings that it may hold."""
    return _QUERY.sub(r"\1?…", _KEY.sub("sk-ant-…", text))


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure(level: str) -> None:
    """Send the product's logs to standard error from `level` up; safe to call again."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("core")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False
