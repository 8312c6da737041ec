"""Logs go to standard error, and no key gets into them."""

import logging
import re
import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from pydantic import SecretStr

_KEY = re.compile(r"sk-ant-[A-Za-z0-9]+-[A-Za-z0-9_\-]{6,}")
_QUERY = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]*")

_SHORTEST = 12
"""Characters: a shorter secret may be any word, and is not looked for."""

_hidden: "WeakValueDictionary[int, SecretStr]" = WeakValueDictionary()


def hide(secret: "SecretStr") -> None:
    """Keep a secret that has no form to know it by out of what `redact` returns.

    As long as somebody holds this very object: nothing keeps it here.
    """
    if len(secret) >= _SHORTEST:
        _hidden[id(secret)] = secret


def redact(text: str) -> str:
    """Return a text without the keys, hidden secrets and query strings that it may hold."""
    for secret in list(_hidden.values()):
        text = text.replace(secret.get_secret_value(), "…")
    return _QUERY.sub(r"\1?…", _KEY.sub("sk-ant-…", text))


class _Record(logging.LogRecord):
    """What anybody logs in this process, libraries too, its traceback included."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        if self.exc_info and self.exc_info[0]:
            self.exc_text = redact(logging.Formatter().formatException(self.exc_info))

    def getMessage(self) -> str:  # noqa: N802 (as logging calls it)
        return redact(super().getMessage())


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure(level: str) -> None:
    """Send the product's logs to standard error from `level` up; safe to call again."""
    logging.setLogRecordFactory(_Record)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("core")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False
