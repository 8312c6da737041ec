"""How the last syncs ended, as the pages ask it."""

from sqlalchemy import Engine

from core.errors import Finding
from core.ledger import runs
from core.ledger.book import Book
from core.ledger.runs import LastSync


def last_syncs(engine: Engine, book: Book) -> dict[int, LastSync]:
    """Return how each connection's last sync ended, by connection id."""
    found = {c.id: runs.latest(engine, c.id) for c in book.connections}
    return {number: last for number, last in found.items() if last is not None}


def last_findings(engine: Engine, syncs: dict[int, LastSync]) -> dict[int, list[Finding]]:
    """Return what each connection's last sync found, by connection id."""
    found: dict[int, list[Finding]] = {}
    for number, last in syncs.items():
        for part in runs.parts(engine, last.id):
            if part.connection_id == number:
                found[number] = [Finding(**finding) for finding in part.findings]
    return found
