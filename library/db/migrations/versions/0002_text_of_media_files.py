"""The text of media files: what is inside a PDF, a presentation, subtitles, and where.

Revision: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"],
            ["media_file.id"],
            name=op.f("fk_media_text_media_id_media_file"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_text")),
        sa.UniqueConstraint("media_id", "position", name=op.f("uq_media_text_media_id_position")),
    )
    # Added in place: SQLite would copy the table otherwise, and drop what hangs on it.
    op.add_column(
        "media_file",
        sa.Column("text_version", sa.Integer(), nullable=False, server_default="0"),
    )
    op.add_column(
        "media_file",
        sa.Column("text_state", sa.String(length=10), nullable=False, server_default="waiting"),
    )
    op.add_column("media_file", sa.Column("text_note", sa.Text(), nullable=True))
    op.create_index(op.f("ix_media_file_text_version"), "media_file", ["text_version"])


def downgrade() -> None:
    op.drop_index(op.f("ix_media_file_text_version"), table_name="media_file")
    op.drop_column("media_file", "text_note")
    op.drop_column("media_file", "text_state")
    op.drop_column("media_file", "text_version")
    op.drop_table("media_text")
