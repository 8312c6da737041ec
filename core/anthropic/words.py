"""How failures speak: which endpoint, which request, what was said; never a key, never a query."""

from core.logs import redact

AGAIN = "Nothing of this window was written. Sync again; if it stays, please report it."
GOES_ON = "The next sync goes on where this one stopped."
PASSES = "Nothing is wrong with the connection; the next sync tries again."


def place(path: str, status: int | None = None, request_id: str | None = None) -> str:
    """Return the sentence that names an endpoint, what it answered and its request id."""
    answered = f" answered {status}" if status else ""
    request = f" (request {request_id})" if request_id else ""
    return f"GET {path}{answered}{request}."


def shorten(text: str, longest: int = 300) -> str:
    """Return foreign text on one line, without keys, and no longer than `longest`."""
    line = " ".join(redact(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def sentence(text: str) -> str:
    """Return foreign text with a full stop, unless it is empty or ends a sentence by itself."""
    return text if not text or text[-1] in ".!?…" else f"{text}."
