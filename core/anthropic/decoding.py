"""Bytes to typed rows; what does not fit is named by endpoint, field and value."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError

from core.anthropic.transport import Answer
from core.anthropic.words import place, shorten
from core.errors import PayloadInvalid, UnexpectedResponse

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

_WHERE = re.compile(r"^(.*?)(?: - at `\$(.*)`)?$", re.S)
_MISSING = re.compile(r"missing required field `([^`]+)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_NOTHING = object()
_FIX = (
    "Nothing of this window was written. Update claude-spend; if it stays, please report it with "
    "the request id."
)


def decode(answer: Answer, decoder: msgspec.json.Decoder[T], path: str) -> T:
    """Return an answer as its type; raises PayloadInvalid, or UnexpectedResponse for bad JSON."""
    problem: Exception
    try:
        return answer.value or decoder.decode(answer.body)
    except msgspec.ValidationError as error:
        problem = _mistyped(error, answer, path)
    except (msgspec.DecodeError, RecursionError):
        problem = UnexpectedResponse(
            "Anthropic's answer is no JSON that can be read.",
            place(path, answer.status, answer.request_id),
            _FIX,
            http_status=answer.status,
            request_id=answer.request_id,
        )
    raise problem


def validate(
    items: Sequence[Any], kind: type[M], path: str, request_id: str | None = None
) -> list[M]:
    """Return the items of a small answer as `kind`; raises PayloadInvalid."""
    found, problem = [], None
    for index, item in enumerate(items):
        try:
            found.append(kind.model_validate(item))
        except ValidationError as error:
            problem = _first(error, f"data[{index}]", path, request_id)
        if problem is not None:
            raise problem
    return found


def validate_one(answer: Answer, kind: type[M], path: str) -> M:
    """Return an answer that is one small object; raises PayloadInvalid."""
    problem = None
    try:
        return kind.model_validate_json(answer.body)
    except ValidationError as error:
        problem = _first(error, "", path, answer.request_id)
    raise problem


def _mistyped(error: msgspec.ValidationError, answer: Answer, path: str) -> PayloadInvalid:
    match = _WHERE.match(str(error))
    what, where = (match.group(1), match.group(2) or "") if match else (str(error), "")
    value = _value(answer.body, where)
    missing = _MISSING.search(what)
    if missing:
        what, where, value = "It is missing", f"{where}.{missing.group(1)}", _NOTHING
    return _invalid(path, where.lstrip("."), what, value, answer.request_id)


def _first(error: ValidationError, where: str, path: str, request_id: str | None) -> PayloadInvalid:
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join([where, *map(str, first["loc"])]).strip(".")
    value = _NOTHING if first["type"] == "missing" else first["input"]
    return _invalid(path, field, str(first["msg"]), value, request_id)


def _invalid(
    path: str, field: str, what: str, value: object, request_id: str | None
) -> PayloadInvalid:
    shown = "" if value is _NOTHING else f" Its value is {_shown(value)}."
    return PayloadInvalid(
        "Anthropic's answer has a form that claude-spend does not know.",
        f"`{field or 'the whole answer'}`: {what}.{shown} {place(path, 200, request_id)}",
        _FIX,
        http_status=200,
        request_id=request_id,
    )


def _value(body: bytes, where: str) -> object:
    """Return what stands at a path of msgspec's, such as `.data[0].amount`."""
    try:
        found: Any = msgspec.json.decode(body)
        for name, index in _STEP.findall(where):
            found = found[name] if name else found[int(index)]
    except (msgspec.MsgspecError, RecursionError, LookupError, TypeError):
        return _NOTHING
    return found


def _shown(value: object) -> str:
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return shorten(text, 60)
