"""What people decide or enter: words on pairs, prices, invoices, closed months.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema."""
    op.create_table("price_rule",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("model", sa.String(), nullable=False),
    sa.Column("operation", sa.String(), nullable=False),
    sa.Column("first_day", sa.Integer(), nullable=False),
    sa.Column("end_day", sa.Integer(), nullable=True),
    sa.Column("price", sa.BigInteger(), nullable=True),
    sa.Column("discount", sa.Integer(), nullable=True),
    sa.Column("note", sa.String(), nullable=False),
    sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_table("invoice",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("number", sa.String(), nullable=False),
    sa.Column("source", sa.String(), nullable=False),
    sa.Column("connection_id", sa.Integer(), nullable=True),
    sa.Column("first_day", sa.Integer(), nullable=False),
    sa.Column("end_day", sa.Integer(), nullable=False),
    sa.Column("total", sa.BigInteger(), nullable=False),
    sa.Column("credits", sa.BigInteger(), nullable=False),
    sa.Column("tax", sa.BigInteger(), nullable=False),
    sa.Column("seat_fees", sa.BigInteger(), nullable=False),
    sa.Column("other_fees", sa.BigInteger(), nullable=False),
    sa.Column("note", sa.String(), nullable=False),
    sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_table("month_close",
    sa.Column("connection_id", sa.Integer(), nullable=False),
    sa.Column("month", sa.Integer(), nullable=False),
    sa.Column("total", sa.BigInteger(), nullable=False),
    sa.Column("note", sa.String(), nullable=False),
    sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("connection_id", "month")
    )
    op.create_table("pair_word",
    sa.Column("platform_id", sa.Integer(), nullable=False),
    sa.Column("enterprise_id", sa.Integer(), nullable=False),
    sa.Column("word", sa.String(), nullable=False),
    sa.Column("note", sa.String(), nullable=False),
    sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("platform_id", "enterprise_id")
    )
