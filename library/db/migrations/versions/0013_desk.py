"""Links to elsewhere, whether they lead somewhere, and how often works are read.

Revision: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "work_use",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["work_id"], ["work.id"], name=op.f("fk_work_use_work_id_work"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("month", "work_id", "lang", "country", name=op.f("pk_work_use")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_work_use_work_id"), "work_use", ["work_id"], unique=False)
    op.create_table(
        "work_use_sum",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["work_id"], ["work.id"], name=op.f("fk_work_use_sum_work_id_work"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("month", "work_id", name=op.f("pk_work_use_sum")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_work_use_sum_work_id"), "work_use_sum", ["work_id"], unique=False)
    op.create_table(
        "library_use",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "lang", "country", name=op.f("pk_library_use")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_edition_stale_work_id_lang", "edition", ["stale", "work_id", "lang"], unique=False
    )
    op.create_table(
        "external_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.Date(), nullable=True),
        sa.Column("checked_at", _MOMENT, nullable=True),
        sa.Column("next_check", _MOMENT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.String(length=12), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_external_link_digest")),
    )
    op.create_index(
        op.f("ix_external_link_next_check"), "external_link", ["next_check"], unique=False
    )
    op.create_index(
        "ix_external_link_host_next_check", "external_link", ["host", "next_check"], unique=False
    )
    op.create_index(
        "ix_external_link_state_checked_at", "external_link", ["state", "checked_at"], unique=False
    )
    op.create_table(
        "link_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("block_uuid", sa.Uuid(), nullable=True),
        sa.Column("lang", sa.String(length=35), nullable=True),
        sa.ForeignKeyConstraint(
            ["link_id"],
            ["external_link.id"],
            name=op.f("fk_link_place_link_id_external_link"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["work.id"], name=op.f("fk_link_place_work_id_work"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_place")),
    )
    op.create_index(op.f("ix_link_place_link_id"), "link_place", ["link_id"], unique=False)
    op.create_index(op.f("ix_link_place_work_id"), "link_place", ["work_id"], unique=False)
    op.create_table(
        "link_scan",
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["work_id"], ["work.id"], name=op.f("fk_link_scan_work_id_work"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("work_id", name=op.f("pk_link_scan")),
    )


def downgrade() -> None:
    op.drop_table("link_scan")
    op.drop_table("link_place")
    op.drop_table("external_link")
    op.drop_index("ix_edition_stale_work_id_lang", table_name="edition")
    op.drop_table("library_use")
    op.drop_table("work_use_sum")
    op.drop_table("work_use")
