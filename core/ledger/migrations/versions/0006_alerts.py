"""Where alerts go, what stands, and what was sent.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema."""
    op.create_table("alert_target",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("hint", sa.String(), nullable=False),
    sa.Column("ciphertext", sa.String(), nullable=False),
    sa.Column("kinds", sa.JSON(), nullable=False),
    sa.Column("paused", sa.Boolean(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("name")
    )
    op.create_table("alert_state",
    sa.Column("key", sa.String(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    sa.Column("title", sa.String(), nullable=False),
    sa.Column("text", sa.String(), nullable=False),
    sa.Column("amount", sa.BigInteger(), nullable=True),
    sa.Column("page", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("key")
    )
    op.create_table("alert_sent",
    sa.Column("target_id", sa.Integer(), nullable=False),
    sa.Column("key", sa.String(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    sa.Column("title", sa.String(), nullable=False),
    sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("attempts", sa.Integer(), nullable=False),
    sa.Column("problem", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("target_id", "key")
    )
