"""Files that people take with them; who took what is written down."""

from collections.abc import Callable

from core.access import acting
from core.access.roles import Role
from core.analysis.explore import View
from core.analysis.query import Query
from core.export import sheets
from core.ledger import audit
from core.ui.context import Place


def csv(place: Place, view: View, query: Query) -> Callable[[], str]:
    """Return what makes the CSV file of a view's rows, for whoever looks now, once they ask for it.

    It is made in a thread of its own; raises NotAllowed there for a viewer.
    """
    person = acting.person()

    def made() -> str:
        with acting.acting_as(person):
            acting.require(Role.ANALYST, "Exporting")
            audit.record(
                place.engine, "exported", "csv", rows=view.frame.height, measure=query.measure,
                divided_by=query.by, days=str(query.span), basis=query.basis,
                where=[f"{dim}={value}" for dim, value in query.where],
                connections=query.connections,
            )  # fmt: skip
            return sheets.csv(view)

    return made
