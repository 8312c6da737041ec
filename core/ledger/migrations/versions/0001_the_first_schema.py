"""The first schema.

Revision 0001, after None.
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema."""
    op.create_table("activity",
    sa.Column("connection_id", sa.Integer(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("actor", sa.String(), nullable=False),
    sa.Column("surface", sa.String(), nullable=False),
    sa.Column("detail", sa.String(), nullable=False),
    sa.Column("metric", sa.String(), nullable=False),
    sa.Column("value", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("connection_id", "day", "actor", "surface", "detail", "metric"),
    sqlite_with_rowid=False
    )
    op.create_table("activity_day",
    sa.Column("connection_id", sa.Integer(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("connection_id", "day"),
    sqlite_with_rowid=False
    )
    op.create_table("charge",
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("series_id", sa.Integer(), nullable=False),
    sa.Column("amount", sa.BigInteger(), nullable=False),
    sa.Column("list_amount", sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint("day", "series_id"),
    sqlite_with_rowid=False
    )
    op.create_table("charge_restatement",
    sa.Column("window_id", sa.Integer(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("series_id", sa.Integer(), nullable=False),
    sa.Column("was_there", sa.Boolean(), nullable=False),
    sa.Column("is_there", sa.Boolean(), nullable=False),
    sa.Column("before_amount", sa.BigInteger(), nullable=True),
    sa.Column("after_amount", sa.BigInteger(), nullable=True),
    sa.Column("before_list_amount", sa.BigInteger(), nullable=True),
    sa.Column("after_list_amount", sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint("window_id", "day", "series_id"),
    sqlite_with_rowid=False
    )
    op.create_table("connection",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("state", sa.String(), nullable=False),
    sa.Column("organization_id", sa.String(), nullable=False),
    sa.Column("organization_name", sa.String(), nullable=False),
    sa.Column("key_hint", sa.String(), nullable=False),
    sa.Column("key_ciphertext", sa.String(), nullable=False),
    sa.Column("protocol", sa.String(), nullable=False),
    sa.Column("history_floor", sa.Integer(), nullable=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("findings", sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("name")
    )
    op.create_table("day_restatement",
    sa.Column("window_id", sa.Integer(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("present", sa.Boolean(), nullable=False),
    sa.Column("capped", sa.Boolean(), nullable=False),
    sa.Column("total", sa.BigInteger(), nullable=False),
    sa.Column("not_attributed", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("window_id", "day"),
    sqlite_with_rowid=False
    )
    op.create_table("ledger_version",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("version", sa.BigInteger(), nullable=False),
    sa.Column("identity", sa.String(), nullable=False),
    sa.Column("stamp", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_table("name",
    sa.Column("connection_id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("id", sa.String(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("email", sa.String(), nullable=False),
    sa.Column("state", sa.String(), nullable=False),
    sa.Column("details", sa.JSON(), nullable=False),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("connection_id", "kind", "id")
    )
    op.create_table("series",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("key", sa.LargeBinary(length=16), nullable=False),
    sa.Column("connection_id", sa.Integer(), nullable=False),
    sa.Column("cut", sa.String(), nullable=False),
    sa.Column("workspace", sa.String(), nullable=False),
    sa.Column("api_key", sa.String(), nullable=False),
    sa.Column("user", sa.String(), nullable=False),
    sa.Column("service_account", sa.String(), nullable=False),
    sa.Column("actor_type", sa.String(), nullable=False),
    sa.Column("product", sa.String(), nullable=False),
    sa.Column("model", sa.String(), nullable=False),
    sa.Column("operation", sa.String(), nullable=False),
    sa.Column("token_type", sa.String(), nullable=False),
    sa.Column("cost_type", sa.String(), nullable=False),
    sa.Column("service_tier", sa.String(), nullable=False),
    sa.Column("context_window", sa.String(), nullable=False),
    sa.Column("inference_geo", sa.String(), nullable=False),
    sa.Column("speed", sa.String(), nullable=False),
    sa.Column("description", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("key")
    )
    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index("ix_series_connection_cut", ["connection_id", "cut"], unique=False)

    op.create_table("sync_run",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("outcome", sa.String(), nullable=False),
    sa.Column("trigger", sa.String(), nullable=False),
    sa.Column("host", sa.String(), nullable=False),
    sa.Column("pid", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_table("usage",
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("series_id", sa.Integer(), nullable=False),
    sa.Column("tokens", sa.BigInteger(), nullable=True),
    sa.Column("requests", sa.BigInteger(), nullable=True),
    sa.Column("web_searches", sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint("day", "series_id"),
    sqlite_with_rowid=False
    )
    op.create_table("usage_restatement",
    sa.Column("window_id", sa.Integer(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("series_id", sa.Integer(), nullable=False),
    sa.Column("was_there", sa.Boolean(), nullable=False),
    sa.Column("is_there", sa.Boolean(), nullable=False),
    sa.Column("before_tokens", sa.BigInteger(), nullable=True),
    sa.Column("after_tokens", sa.BigInteger(), nullable=True),
    sa.Column("before_requests", sa.BigInteger(), nullable=True),
    sa.Column("after_requests", sa.BigInteger(), nullable=True),
    sa.Column("before_web_searches", sa.BigInteger(), nullable=True),
    sa.Column("after_web_searches", sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint("window_id", "day", "series_id"),
    sqlite_with_rowid=False
    )
    op.create_table("sync_part",
    sa.Column("run_id", sa.Integer(), nullable=False),
    sa.Column("connection_id", sa.Integer(), nullable=False),
    sa.Column("outcome", sa.String(), nullable=False),
    sa.Column("protocol", sa.String(), nullable=False),
    sa.Column("planned", sa.Integer(), nullable=False),
    sa.Column("replaced", sa.Integer(), nullable=False),
    sa.Column("unchanged", sa.Integer(), nullable=False),
    sa.Column("failed", sa.Integer(), nullable=False),
    sa.Column("requests", sa.Integer(), nullable=False),
    sa.Column("rows", sa.BigInteger(), nullable=False),
    sa.Column("restated_rows", sa.BigInteger(), nullable=False),
    sa.Column("restated_delta", sa.BigInteger(), nullable=False),
    sa.Column("findings", sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(["run_id"], ["sync_run.id"], ),
    sa.PrimaryKeyConstraint("run_id", "connection_id")
    )
    op.create_table("window",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("run_id", sa.Integer(), nullable=False),
    sa.Column("connection_id", sa.Integer(), nullable=False),
    sa.Column("family", sa.String(), nullable=False),
    sa.Column("protocol", sa.String(), nullable=False),
    sa.Column("first_day", sa.Integer(), nullable=False),
    sa.Column("end_day", sa.Integer(), nullable=False),
    sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("data_refreshed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("requests", sa.Integer(), nullable=False),
    sa.Column("rows", sa.BigInteger(), nullable=False),
    sa.Column("changed", sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(["run_id"], ["sync_run.id"], ),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_table("day_state",
    sa.Column("connection_id", sa.Integer(), nullable=False),
    sa.Column("family", sa.String(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("protocol", sa.String(), nullable=False),
    sa.Column("window_id", sa.Integer(), nullable=False),
    sa.Column("first_window_id", sa.Integer(), nullable=True),
    sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("data_refreshed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("present", sa.Boolean(), nullable=False),
    sa.Column("capped", sa.Boolean(), nullable=False),
    sa.Column("total", sa.BigInteger(), nullable=False),
    sa.Column("not_attributed", sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(["window_id"], ["window.id"], ),
    sa.PrimaryKeyConstraint("connection_id", "family", "day")
    )
    # The database"s own name, for ever; see `core.ledger.versions`.
    op.execute(
        sa.text("INSERT INTO ledger_version VALUES (1, 0, :identity, :stamp)").bindparams(
            identity=uuid4().hex, stamp=uuid4().hex
        )
    )
