"""Alembic's entry: runs the migrations on the connection that `core.ledger.schema` hands over."""

from alembic import context
from sqlmodel import SQLModel

from core.ledger import tables  # noqa: F401  (describes them to SQLModel's metadata)


def _run() -> None:
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
    )
    # The caller's transaction is the only one: a migration that is cut short leaves nothing.
    context.run_migrations()


_run()
