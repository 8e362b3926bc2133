"""Tables handed in at the desk with what they changed, and ZIP files of content.

Revision: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "code_label",
        sa.Column("edited", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "code_scheme", sa.Column("edited", sa.JSON(), nullable=False, server_default="[]")
    )
    op.create_table(
        "bulk_table",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_table")),
        sa.UniqueConstraint("uuid", name=op.f("uq_bulk_table_uuid")),
    )
    op.create_index(op.f("ix_bulk_table_person_id"), "bulk_table", ["person_id"], unique=False)
    op.create_index(op.f("ix_bulk_table_expires_at"), "bulk_table", ["expires_at"], unique=False)
    op.create_table(
        "bulk_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("about", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("handed_in", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.Uuid(), nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=True),
        sa.Column("undone_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_change")),
        sa.UniqueConstraint("uuid", name=op.f("uq_bulk_change_uuid")),
    )
    op.create_index(op.f("ix_bulk_change_person_id"), "bulk_change", ["person_id"], unique=False)
    op.create_index(op.f("ix_bulk_change_made_at"), "bulk_change", ["made_at"], unique=False)
    op.create_table(
        "content_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("by_name", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("at_work", sa.Text(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("touched_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_import")),
        sa.UniqueConstraint("uuid", name=op.f("uq_content_import_uuid")),
    )
    op.create_index(
        op.f("ix_content_import_person_id"), "content_import", ["person_id"], unique=False
    )
    op.create_index(op.f("ix_content_import_state"), "content_import", ["state"], unique=False)
    op.create_index(
        op.f("ix_content_import_touched_at"), "content_import", ["touched_at"], unique=False
    )


def downgrade() -> None:
    op.drop_table("content_import")
    op.drop_table("bulk_change")
    op.drop_table("bulk_table")
    op.drop_column("code_scheme", "edited")
    op.drop_column("code_label", "edited")
