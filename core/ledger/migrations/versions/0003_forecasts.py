"""Forecasts as they were issued, and how each step after a sync ended.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema."""
    op.create_table("watch_step",
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("version", sa.BigInteger(), nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("findings", sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint("name")
    )
    op.create_table("forecast",
    sa.Column("dimension", sa.String(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("as_of", sa.Integer(), nullable=False),
    sa.Column("stamp", sa.String(), nullable=False),
    sa.Column("method", sa.String(), nullable=False),
    sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("body", sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint("dimension", "name", "as_of")
    )
