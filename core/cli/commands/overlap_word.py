"""`claude-spend overlap-word`: how to count what two connections both report, by the user."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import RenderableType

from core import calendar
from core.cli import ledger, options, output
from core.cli.commands.report import first_day
from core.errors import BadValue
from core.money import dollars, from_dollars, label

if TYPE_CHECKING:
    from core.analysis.overlap import Totals
    from core.analysis.pairs import Effect
    from core.connections.store import ConnectionInfo
    from core.ledger.book import Book
    from core.ledger.words import Word

Platform = Annotated[str, typer.Argument(metavar="PLATFORM", help="A Platform connection's name.")]
Enterprise = Annotated[
    str, typer.Argument(metavar="ENTERPRISE", help="An Enterprise connection's name.")
]
Said = Annotated[
    Literal["independent", "count_enterprise", "count_platform", "match", "none"] | None,
    typer.Argument(
        metavar="[WORD]",
        help="independent: they report nothing in common. count_enterprise, count_platform: count "
        "what both report on that side. match: count once only what is equal in both books. none: "
        "take back what was said. Without a word: show what each would do.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what it would do; keep nothing.")]
Note = Annotated[str, typer.Option("--note", help="A word on why, for whoever looks later.")]

_MEANS = {
    "independent": "nothing in common",
    "count_enterprise": "count it on the Enterprise side",
    "count_platform": "count it on the Platform side",
    "match": "count once only what is equal in both books",
    None: "no word: identity and equal amounts decide",
}


def overlap_word(
    platform: Platform,
    enterprise: Enterprise,
    word: Said = None,
    note: Note = "",
    dry_run: DryRun = False,
    start: options.From = None,
    end: options.To = None,
    as_json: options.Json = False,
) -> int:
    """Say how to count what two connections both report, and see what that does to the total.

    Without --from and --to the effect is that on everything the ledger holds.
    """
    with ledger.own() as here:
        from core.ledger import snapshot

        sides = (_named(here, platform, "platform"), _named(here, enterprise, "enterprise"))
        book = snapshot.book(here.engine, here.settings)
        days = options.span(start, end, partial(first_day, book, ()), calendar.now().date())
        content: dict[str, Any] = {"from": days.start.isoformat(), "to": days.end.isoformat()}
        content |= _answer(book, sides, word, days)
        content["stored"] = word is not None and not dry_run
        if content["stored"]:
            _keep(here, book, sides, word, note)
    return output.deliver(content, as_json, _draw)


def _named(here: ledger.Ledger, name: str, kind: str) -> "ConnectionInfo":
    from core.connections import store

    known = store.get(here.engine, name)
    if known.kind != kind:
        raise BadValue(
            f"{known.name!r} is no {kind.capitalize()} connection.",
            "A word is on one Platform and one Enterprise connection, in this order.",
            "Run `claude-spend connections` for their names and kinds.",
        )
    return known


def _answer(
    book: "Book", sides: "tuple[ConnectionInfo, ConnectionInfo]", word: str | None, days: Any
) -> dict[str, Any]:
    from core.analysis import counting, pairs
    from core.analysis.query import Query
    from core.ledger.words import WORDS

    ids = (sides[0].id, sides[1].id)
    query = Query((), "cost", days)
    asked = [_word(word)] if word else [None, *WORDS]
    effects = [(said, pairs.effect(book, *ids, said, query)) for said in asked]
    return {
        "platform": sides[0].name,
        "enterprise": sides[1].name,
        "word": counting.word(book, *ids),
        "choices": [_choice(said, effect) for said, effect in effects],
    }


def _word(text: str) -> "Word | None":
    from core.ledger.words import WORDS

    return next((word for word in WORDS if word == text), None)


def _choice(said: str | None, effect: "Effect") -> dict[str, Any]:
    return {
        "word": said,
        "means": _MEANS[said],
        "before": _figures(effect.before),
        "after": _figures(effect.after),
        "change": dollars(effect.change),
    }


def _figures(sums: "Totals") -> dict[str, str]:
    return {name: dollars(units) for name, units in asdict(sums).items()}


def _keep(
    here: ledger.Ledger,
    book: "Book",
    sides: "tuple[ConnectionInfo, ConnectionInfo]",
    text: str | None,
    note: str,
) -> None:
    from core.analysis import counting
    from core.ledger import words

    said, ids = _word(text or ""), (sides[0].id, sides[1].id)
    if said is not None:
        words.give(here.engine, words.PairRow(*ids, said, note))
        return
    for pair in counting.companions(book, ids):
        words.take_back(here.engine, *pair)


def _draw(content: output.Document) -> Iterable[RenderableType]:
    yield f"{content['platform']} and {content['enterprise']}: {_MEANS[content['word']]}."
    rows = [
        (choice["word"] or "none", choice["means"],
         *(label(from_dollars(choice[when]["counted_once"])) for when in ("before", "after")),
         label(from_dollars(choice["change"])))
        for choice in content["choices"]
    ]  # fmt: skip
    numbers = ("counted once now", "then", "change")
    yield output.table(("word", "means", *numbers), rows, numbers)
    yield (
        "Kept: every page and command counts so from now on."
        if content["stored"]
        else ("Nothing has been changed.")
    )
