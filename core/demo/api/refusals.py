"""The refusals of the API, in its own envelope and words."""

from collections.abc import Mapping

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    410: "invalid_request_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class Refusal(Exception):
    """An answer other than 200: status, message, and what else the envelope and head carry."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})


def envelope(status: int, message: str, request_id: str, code: str | None = None) -> object:
    """Return the documented error object of a status."""
    error: dict[str, object] = {"type": TYPES.get(status, "api_error"), "message": message}
    if code is not None:
        error["details"] = {"error_code": code}
    return {"type": "error", "error": error, "request_id": request_id}


def bad(message: str) -> Refusal:
    """Return the 400 for a parameter that cannot be followed."""
    return Refusal(400, message)


def empty_range() -> Refusal:
    """Return the 400 for a range without a whole day; the API asks not to retry it."""
    return Refusal(
        400,
        "Invalid date range: ending date must be after starting date",
        headers={"x-should-retry": "false"},
    )


def missing_scopes(held: tuple[str, ...], needed: tuple[str, ...]) -> Refusal:
    """Return the 403 that names the scopes held and the scopes needed."""
    return Refusal(403, f"Missing required scopes. Got: {list(held)} Needed: {list(needed)}")


def not_found() -> Refusal:
    """Return the 404 for a path or an object that is not there, or not for this key."""
    return Refusal(404, "Not found")
