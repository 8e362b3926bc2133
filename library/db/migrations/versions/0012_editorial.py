"""Manuscripts, revisions and comments of the editors' desk; addresses that works and sections once had.

Revision: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "manuscript",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("work_uuid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("source_language", sa.String(length=35), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("approved_id", sa.Integer(), nullable=True),
        sa.Column("publish_at", _MOMENT, nullable=True),
        sa.Column("publish_fault", sa.Text(), nullable=True),
        sa.Column("publish_by", sa.Integer(), nullable=True),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("submitted_at", _MOMENT, nullable=True),
        sa.Column("started_by", sa.Integer(), nullable=True),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manuscript")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_manuscript_kind_key")),
        sa.UniqueConstraint("uuid", name=op.f("uq_manuscript_uuid")),
        sa.UniqueConstraint("work_uuid", name=op.f("uq_manuscript_work_uuid")),
    )
    op.create_index(op.f("ix_manuscript_changed_by"), "manuscript", ["changed_by"], unique=False)
    op.create_index(op.f("ix_manuscript_publish_at"), "manuscript", ["publish_at"], unique=False)
    op.create_index(
        "ix_manuscript_state_changed_at", "manuscript", ["state", "changed_at"], unique=False
    )
    op.create_index("ix_manuscript_changed_at_id", "manuscript", ["changed_at", "id"], unique=False)
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("work_uuid", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("work_uuid", "number", name=op.f("uq_revision_work_uuid_number")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("manuscript_id", sa.Integer(), nullable=False),
        sa.Column("block_uuid", sa.Uuid(), nullable=True),
        sa.Column("lang", sa.String(length=35), nullable=True),
        sa.Column("answers_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["answers_id"],
            ["comment.id"],
            name=op.f("fk_comment_answers_id_comment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["manuscript_id"],
            ["manuscript.id"],
            name=op.f("fk_comment_manuscript_id_manuscript"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_comment_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["person.id"], name=op.f("fk_comment_settled_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sa.UniqueConstraint("uuid", name=op.f("uq_comment_uuid")),
    )
    op.create_index(
        "ix_comment_manuscript_id_block_uuid",
        "comment",
        ["manuscript_id", "block_uuid"],
        unique=False,
    )
    op.create_index(op.f("ix_comment_person_id"), "comment", ["person_id"], unique=False)
    op.create_table(
        "former_work_address",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("left_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["work_id"],
            ["work.id"],
            name=op.f("fk_former_work_address_work_id_work"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_former_work_address")),
    )
    op.create_index(
        op.f("ix_former_work_address_work_id"), "former_work_address", ["work_id"], unique=False
    )
    op.create_table(
        "manuscript_file",
        sa.Column("manuscript_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("upload_uuid", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=True),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["manuscript_id"],
            ["manuscript.id"],
            name=op.f("fk_manuscript_file_manuscript_id_manuscript"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("manuscript_id", "path", name=op.f("pk_manuscript_file")),
    )
    op.create_index(op.f("ix_manuscript_file_sha256"), "manuscript_file", ["sha256"], unique=False)
    op.create_index(
        op.f("ix_manuscript_file_upload_uuid"), "manuscript_file", ["upload_uuid"], unique=False
    )
    op.create_table(
        "manuscript_institution",
        sa.Column("manuscript_id", sa.Integer(), nullable=False),
        sa.Column("institution", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manuscript_id"],
            ["manuscript.id"],
            name=op.f("fk_manuscript_institution_manuscript_id_manuscript"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "manuscript_id", "institution", name=op.f("pk_manuscript_institution")
        ),
    )
    op.create_index(
        op.f("ix_manuscript_institution_institution"),
        "manuscript_institution",
        ["institution"],
        unique=False,
    )
    op.create_table(
        "manuscript_section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("manuscript_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(length=220), nullable=False),
        sa.ForeignKeyConstraint(
            ["manuscript_id"],
            ["manuscript.id"],
            name=op.f("fk_manuscript_section_manuscript_id_manuscript"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["manuscript_section.id"],
            name=op.f("fk_manuscript_section_parent_id_manuscript_section"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manuscript_section")),
        sa.UniqueConstraint(
            "manuscript_id", "uuid", name=op.f("uq_manuscript_section_manuscript_id_uuid")
        ),
    )
    op.create_index(
        "ix_manuscript_section_parent_id", "manuscript_section", ["parent_id"], unique=False
    )
    op.create_index(
        op.f("ix_manuscript_section_uuid"), "manuscript_section", ["uuid"], unique=False
    )
    op.create_table(
        "former_section_address",
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("left_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["section.id"],
            name=op.f("fk_former_section_address_section_id_section"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["work_id"],
            ["work.id"],
            name=op.f("fk_former_section_address_work_id_work"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("work_id", "path", name=op.f("pk_former_section_address")),
    )
    op.create_index(
        op.f("ix_former_section_address_section_id"),
        "former_section_address",
        ["section_id"],
        unique=False,
    )
    op.create_table(
        "manuscript_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["manuscript_section.id"],
            name=op.f("fk_manuscript_block_section_id_manuscript_section"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manuscript_block")),
        sa.UniqueConstraint("section_id", "uuid", name=op.f("uq_manuscript_block_section_id_uuid")),
    )
    op.create_index(
        "ix_manuscript_block_section_id_position",
        "manuscript_block",
        ["section_id", "position"],
        unique=False,
    )
    op.create_index(op.f("ix_manuscript_block_uuid"), "manuscript_block", ["uuid"], unique=False)
    op.create_table(
        "manuscript_text",
        sa.Column("block_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=32), nullable=False),
        sa.Column("made_from", sa.String(length=32), nullable=True),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("reviewed_by", sa.String(length=200), nullable=True),
        sa.Column("reviewed_at", _MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.Integer(), nullable=True),
        sa.Column("edited_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"],
            ["manuscript_block.id"],
            name=op.f("fk_manuscript_text_block_id_manuscript_block"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("block_id", "lang", name=op.f("pk_manuscript_text")),
    )
    op.create_index(
        "ix_manuscript_text_freshness",
        "manuscript_text",
        ["block_id", "lang", "hash", "made_from"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("manuscript_text")
    op.drop_table("manuscript_block")
    op.drop_table("former_section_address")
    op.drop_table("manuscript_section")
    op.drop_table("manuscript_institution")
    op.drop_table("manuscript_file")
    op.drop_table("former_work_address")
    op.drop_table("comment")
    op.drop_table("revision")
    op.drop_table("manuscript")
