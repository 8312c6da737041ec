"""Who did what, and what viewers may see of people.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the schema."""
    op.create_table("audit_entry",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("who", sa.String(), nullable=False),
    sa.Column("role", sa.String(), nullable=False),
    sa.Column("source", sa.String(), nullable=False),
    sa.Column("action", sa.String(), nullable=False),
    sa.Column("object", sa.String(), nullable=False),
    sa.Column("details", sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    op.create_table("people_rule",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("viewers_see_names", sa.Boolean(), nullable=False),
    sa.Column("secret", sa.String(), nullable=False),
    sa.PrimaryKeyConstraint("id")
    )
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_entry_no_{change.lower()} BEFORE {change} ON audit_entry "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END"
            )
    else:
        op.execute(
            "CREATE OR REPLACE FUNCTION audit_entry_kept() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_entry_kept BEFORE UPDATE OR DELETE ON audit_entry "
            "FOR EACH ROW EXECUTE FUNCTION audit_entry_kept()"
        )
