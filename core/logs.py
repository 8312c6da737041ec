"""Logs go to standard error, say which run they belong to, and no key gets into them."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
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


_bound: ContextVar[dict[str, str | int]] = ContextVar("bound", default={})  # noqa: B039 (never changed)


@contextmanager
def bound(**fields: str | int) -> Iterator[None]:
    """Have whatever is logged inside say these fields: a run's number, a connection's name."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def redact(text: str) -> str:
    """Return a text without the keys, hidden secrets and query strings that it may hold."""
    for secret in list(_hidden.values()):
        text = text.replace(secret.get_secret_value(), "…")
    return _QUERY.sub(r"\1?…", _KEY.sub("sk-ant-…", text))


class _Record(logging.LogRecord):
    """What anybody logs in this process, libraries too, its traceback included."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.bound = _bound.get()
        if self.exc_info and self.exc_info[0]:
            self.exc_text = redact(logging.Formatter().formatException(self.exc_info))

    def getMessage(self) -> str:  # noqa: N802 (as logging calls it)
        return redact(super().getMessage())


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(within)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        said = " ".join(f"{name}={value!r}" for name, value in _fields(record).items())
        record.within = f" [{said}]" if said else ""
        return redact(super().format(record))


class _Json(logging.Formatter):
    """One object a line; its names are those of the README."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["traceback"] = record.exc_text or self.formatException(record.exc_info)
        # Before it is quoted: in JSON a secret with a quotation mark reads otherwise.
        return json.dumps({k: redact(v) if isinstance(v, str) else v for k, v in line.items()})


def _fields(record: logging.LogRecord) -> dict[str, str | int]:
    return getattr(record, "bound", {})


def configure(level: str, form: str = "text") -> None:
    """Send the product's logs to standard error from `level` up; safe to call again.

    `form`: `text`, or `json` for one JSON object a line.
    """
    logging.setLogRecordFactory(_Record)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    root = logging.getLogger("core")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False
