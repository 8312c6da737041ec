"""Budgets, and the spend limits of members as Anthropic has them.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema."""
    op.create_table("budget",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("parent_id", sa.Integer(), nullable=True),
    sa.Column("amount", sa.BigInteger(), nullable=True),
    sa.Column("filters", sa.JSON(), nullable=False),
    sa.Column("connections", sa.JSON(), nullable=False),
    sa.Column("first_month", sa.Integer(), nullable=False),
    sa.Column("end_month", sa.Integer(), nullable=True),
    sa.Column("note", sa.String(), nullable=False),
    sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("name")
    )
    op.create_table("budget_outcome",
    sa.Column("budget_id", sa.Integer(), nullable=False),
    sa.Column("stamp", sa.String(), nullable=False),
    sa.Column("body", sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint("budget_id")
    )
    op.create_table("spend_limit",
    sa.Column("connection_id", sa.Integer(), nullable=False),
    sa.Column("actor", sa.String(), nullable=False),
    sa.Column("period", sa.String(), nullable=False),
    sa.Column("source", sa.String(), nullable=False),
    sa.Column("currency", sa.String(), nullable=False),
    sa.Column("amount", sa.BigInteger(), nullable=True),
    sa.Column("spent", sa.BigInteger(), nullable=True),
    sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("connection_id", "actor", "period")
    )
