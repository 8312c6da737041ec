"""Anomalies that were found, and those that somebody dismissed.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema."""
    op.create_table("watched_series",
    sa.Column("dimension", sa.String(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("label", sa.String(), nullable=False),
    sa.Column("method", sa.String(), nullable=False),
    sa.Column("basis", sa.String(), nullable=False),
    sa.Column("stamp", sa.String(), nullable=False),
    sa.Column("first_day", sa.Integer(), nullable=False),
    sa.Column("end_day", sa.Integer(), nullable=False),
    sa.Column("body", sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint("dimension", "name")
    )
    op.create_table("anomaly",
    sa.Column("dimension", sa.String(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("first_day", sa.Integer(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("end_day", sa.Integer(), nullable=False),
    sa.Column("state", sa.String(), nullable=False),
    sa.Column("label", sa.String(), nullable=False),
    sa.Column("expected", sa.BigInteger(), nullable=False),
    sa.Column("actual", sa.BigInteger(), nullable=False),
    sa.Column("stamp", sa.String(), nullable=False),
    sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("body", sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint("dimension", "name", "first_day", "kind")
    )
    op.create_table("dismissal",
    sa.Column("dimension", sa.String(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("first_day", sa.Integer(), nullable=False),
    sa.Column("reason", sa.String(), nullable=False),
    sa.Column("by", sa.String(), nullable=False),
    sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("dimension", "name", "first_day")
    )
