"""`claude-spend questions`: what can be asked, and which source answers it."""

from collections.abc import Iterable
from typing import Any

from rich.console import RenderableType

from core.cli import options, output


def questions(as_json: options.Json = False) -> int:
    """List the questions that `ask` answers, each with the source that is right for it."""
    return output.deliver(catalogue(), as_json, _draw)


def catalogue() -> dict[str, Any]:
    """Return the catalogue's JSON document."""
    from core.analysis.questions.catalogue import QUESTIONS

    return {
        "questions": [
            {
                "question": q.id,
                "title": q.title,
                "recommended_source": q.source,
                "why": q.why,
                "other_source": q.other,
                "by": list(q.by),
                "measure": q.measure,
            }
            for q in QUESTIONS
        ]
    }


def _draw(content: output.Document) -> Iterable[RenderableType]:
    rows = [(q["question"], q["title"], q["recommended_source"]) for q in content["questions"]]
    yield output.table(("question", "what it asks", "source"), rows)
    yield "Ask one with `claude-spend ask QUESTION`; --json says why its source is the right one."
