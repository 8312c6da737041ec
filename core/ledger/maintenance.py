"""Takes data out of the ledger for good."""

from sqlalchemy import Engine


def delete_data(engine: Engine, connection_id: int) -> None:
    """Remove everything that the ledger knows of a connection, in one transaction.

    The connection itself and its key stay; `core.connections` removes those.
    """
    raise NotImplementedError
