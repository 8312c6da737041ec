"""Answers of an API, or of what stands before it, that repeat the key that they were sent."""

from collections.abc import Callable

from core import demo


def answer(status: int, body: object, **headers: str) -> demo.Fault:
    return demo.Fault(times=10**9, status=status, body=body, headers=headers)


def refusal(status: int) -> Callable[[str], demo.Fault]:
    """Return an error in the documented form that repeats what it was sent."""

    def made(key: str) -> demo.Fault:
        said = f"The header x-api-key: {key} is not accepted"
        error = {"type": "permission_error", "message": said, "details": {"error_code": key}}
        body = {"type": "error", "error": error, "request_id": key}
        return answer(status, body, **{"x-echo": key, "retry-after": "9999"})

    return made


ECHOES: dict[str, Callable[[str], demo.Fault]] = {
    **{str(status): refusal(status) for status in (401, 403, 429, 500)},
    "302": lambda key: answer(302, "", location=f"https://elsewhere.invalid/?key={key}"),
    "scopes": lambda key: answer(403, {"error": {"message": f"Got: ['{key}'] Needed: ['{key}']"}}),
    "HTML": lambda key: answer(200, f"<html><p>{key} is unknown</p></html>"),
    "fields of another type": lambda key: answer(200, {"data": [{"starting_at": [key]}]}),
    "cut short": lambda key: answer(200, f'{{"data": ["{key}'),
    "a cursor": lambda key: answer(200, {"data": [], "has_more": True, "next_page": key}),
}
