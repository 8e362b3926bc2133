"""The first schema.

Revision: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "change_counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_counter")),
    )
    op.create_table(
        "code_scheme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_scheme")),
        sa.UniqueConstraint("key", name=op.f("uq_code_scheme_key")),
    )
    op.create_table(
        "concept",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("source_language", sa.String(length=35), nullable=False),
        sa.Column("domain", sa.String(length=100), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concept")),
        sa.UniqueConstraint("key", name=op.f("uq_concept_key")),
        sa.UniqueConstraint("uuid", name=op.f("uq_concept_uuid")),
    )
    with op.batch_alter_table("concept", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_concept_domain"), ["domain"], unique=False)

    op.create_table(
        "institution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("source_language", sa.String(length=35), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("city", sa.String(length=200), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("key", name=op.f("uq_institution_key")),
        sa.UniqueConstraint("uuid", name=op.f("uq_institution_uuid")),
    )
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_institution_country"), ["country"], unique=False)

    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_table(
        "partnership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("brand", sa.String(length=40), nullable=True),
        sa.Column("source_language", sa.String(length=35), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("city", sa.String(length=200), nullable=True),
        sa.Column("founded", sa.String(length=10), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("programmes", sa.JSON(), nullable=False),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership")),
        sa.UniqueConstraint("key", name=op.f("uq_partnership_key")),
        sa.UniqueConstraint("uuid", name=op.f("uq_partnership_uuid")),
    )
    with op.batch_alter_table("partnership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partnership_brand"), ["brand"], unique=False)
        batch_op.create_index(batch_op.f("ix_partnership_country"), ["country"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("uuid", name=op.f("uq_person_uuid")),
    )
    op.create_table(
        "work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("source_language", sa.String(length=35), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=True),
        sa.Column("hours", sa.Double(), nullable=True),
        sa.Column("minutes", sa.Double(), nullable=True),
        sa.Column("credits", sa.Double(), nullable=True),
        sa.Column("version", sa.String(length=40), nullable=True),
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("contributors", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("derived_from", sa.String(length=220), nullable=True),
        sa.Column("related", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        sa.Column("replaced_by", sa.String(length=220), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("media_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_work_kind_key")),
        sa.UniqueConstraint("uuid", name=op.f("uq_work_uuid")),
    )
    with op.batch_alter_table("work", schema=None) as batch_op:
        batch_op.create_index(
            "ix_work_kind_status_published", ["kind", "status", "published_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_work_derived_from"), ["derived_from"], unique=False)
        batch_op.create_index(batch_op.f("ix_work_updated_at"), ["updated_at"], unique=False)

    op.create_table(
        "code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["code.id"], name=op.f("fk_code_parent_id_code")),
        sa.ForeignKeyConstraint(
            ["scheme_id"],
            ["code_scheme.id"],
            name=op.f("fk_code_scheme_id_code_scheme"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code")),
        sa.UniqueConstraint("scheme_id", "code", name=op.f("uq_code_scheme_id_code")),
    )
    op.create_table(
        "concept_text",
        sa.Column("concept_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["concept_id"],
            ["concept.id"],
            name=op.f("fk_concept_text_concept_id_concept"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("concept_id", "lang", name=op.f("pk_concept_text")),
    )
    op.create_table(
        "edition",
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("answered_by", sa.String(length=200), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("blocks", sa.Integer(), nullable=False),
        sa.Column("translated", sa.Integer(), nullable=False),
        sa.Column("stale", sa.Integer(), nullable=False),
        sa.Column("machine", sa.Integer(), nullable=False),
        sa.Column("reviewed", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["work_id"], ["work.id"], name=op.f("fk_edition_work_id_work"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("work_id", "lang", name=op.f("pk_edition")),
    )
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edition_lang"), ["lang"], unique=False)

    op.create_table(
        "institution_text",
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_institution_text_institution_id_institution"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("institution_id", "lang", name=op.f("pk_institution_text")),
    )
    op.create_table(
        "media_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=True),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("made_from_id", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_from_id"],
            ["media_file.id"],
            name=op.f("fk_media_file_made_from_id_media_file"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["work.id"], name=op.f("fk_media_file_work_id_work"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_file")),
        sa.UniqueConstraint("work_id", "path", name=op.f("uq_media_file_work_id_path")),
    )
    with op.batch_alter_table("media_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_media_file_made_from_id"), ["made_from_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_media_file_prepared_at"), ["prepared_at"], unique=False
        )
        batch_op.create_index("ix_media_file_sha256", ["sha256"], unique=False)

    op.create_table(
        "partnership_member",
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_partnership_member_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"],
            ["partnership.id"],
            name=op.f("fk_partnership_member_partnership_id_partnership"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "partnership_id", "institution_id", name=op.f("pk_partnership_member")
        ),
    )
    with op.batch_alter_table("partnership_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_partnership_member_institution_id"), ["institution_id"], unique=False
        )

    op.create_table(
        "partnership_text",
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership_id"],
            ["partnership.id"],
            name=op.f("fk_partnership_text_partnership_id_partnership"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("partnership_id", "lang", name=op.f("pk_partnership_text")),
    )
    op.create_table(
        "role_grant",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("institution", sa.String(length=200), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_role_grant_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "person_id", "role", "institution", "lang", name=op.f("pk_role_grant")
        ),
    )
    op.create_table(
        "section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(length=220), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["section.id"],
            name=op.f("fk_section_parent_id_section"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["work_id"], ["work.id"], name=op.f("fk_section_work_id_work"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section")),
        sa.UniqueConstraint("uuid", name=op.f("uq_section_uuid")),
    )
    with op.batch_alter_table("section", schema=None) as batch_op:
        batch_op.create_index("ix_section_work_id_position", ["work_id", "position"], unique=False)
        batch_op.create_index(
            "uq_section_work_id_path",
            ["work_id", "path"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("concept_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reading", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["concept_id"],
            ["concept.id"],
            name=op.f("fk_term_concept_id_concept"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
    )
    with op.batch_alter_table("term", schema=None) as batch_op:
        batch_op.create_index("ix_term_concept_id_lang", ["concept_id", "lang"], unique=False)

    op.create_table(
        "work_country",
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["work_id"], ["work.id"], name=op.f("fk_work_country_work_id_work"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("work_id", "country", name=op.f("pk_work_country")),
    )
    with op.batch_alter_table("work_country", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_country_country"), ["country"], unique=False)

    op.create_table(
        "work_institution",
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_work_institution_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["work_id"],
            ["work.id"],
            name=op.f("fk_work_institution_work_id_work"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("work_id", "institution_id", name=op.f("pk_work_institution")),
    )
    with op.batch_alter_table("work_institution", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_work_institution_institution_id"), ["institution_id"], unique=False
        )

    op.create_table(
        "work_partnership",
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partnership_id"],
            ["partnership.id"],
            name=op.f("fk_work_partnership_partnership_id_partnership"),
        ),
        sa.ForeignKeyConstraint(
            ["work_id"],
            ["work.id"],
            name=op.f("fk_work_partnership_work_id_work"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("work_id", "partnership_id", name=op.f("pk_work_partnership")),
    )
    with op.batch_alter_table("work_partnership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_work_partnership_partnership_id"), ["partnership_id"], unique=False
        )

    op.create_table(
        "block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["section_id"],
            ["section.id"],
            name=op.f("fk_block_section_id_section"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block")),
        sa.UniqueConstraint("uuid", name=op.f("uq_block_uuid")),
    )
    with op.batch_alter_table("block", schema=None) as batch_op:
        batch_op.create_index(
            "ix_block_section_id_position", ["section_id", "position"], unique=False
        )

    op.create_table(
        "code_label",
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["code_id"], ["code.id"], name=op.f("fk_code_label_code_id_code"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_id", "lang", name=op.f("pk_code_label")),
    )
    op.create_table(
        "work_code",
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["code_id"], ["code.id"], name=op.f("fk_work_code_code_id_code")),
        sa.ForeignKeyConstraint(
            ["work_id"], ["work.id"], name=op.f("fk_work_code_work_id_work"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("work_id", "code_id", name=op.f("pk_work_code")),
    )
    with op.batch_alter_table("work_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_work_code_code_id"), ["code_id"], unique=False)

    op.create_table(
        "block_text",
        sa.Column("block_id", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=32), nullable=False),
        sa.Column("made_from", sa.String(length=32), nullable=True),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("reviewed_by", sa.String(length=200), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("html_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["block_id"],
            ["block.id"],
            name=op.f("fk_block_text_block_id_block"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("block_id", "lang", name=op.f("pk_block_text")),
    )
    with op.batch_alter_table("block_text", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_block_text_html_version"), ["html_version"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("block_text", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_block_text_html_version"))

    op.drop_table("block_text")
    with op.batch_alter_table("work_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_code_code_id"))

    op.drop_table("work_code")
    op.drop_table("code_label")
    with op.batch_alter_table("block", schema=None) as batch_op:
        batch_op.drop_index("ix_block_section_id_position")

    op.drop_table("block")
    with op.batch_alter_table("work_partnership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_partnership_partnership_id"))

    op.drop_table("work_partnership")
    with op.batch_alter_table("work_institution", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_institution_institution_id"))

    op.drop_table("work_institution")
    with op.batch_alter_table("work_country", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_country_country"))

    op.drop_table("work_country")
    with op.batch_alter_table("term", schema=None) as batch_op:
        batch_op.drop_index("ix_term_concept_id_lang")

    op.drop_table("term")
    with op.batch_alter_table("section", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_section_work_id_path",
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )
        batch_op.drop_index("ix_section_work_id_position")

    op.drop_table("section")
    op.drop_table("role_grant")
    op.drop_table("partnership_text")
    with op.batch_alter_table("partnership_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partnership_member_institution_id"))

    op.drop_table("partnership_member")
    with op.batch_alter_table("media_file", schema=None) as batch_op:
        batch_op.drop_index("ix_media_file_sha256")
        batch_op.drop_index(batch_op.f("ix_media_file_prepared_at"))
        batch_op.drop_index(batch_op.f("ix_media_file_made_from_id"))

    op.drop_table("media_file")
    op.drop_table("institution_text")
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_edition_lang"))

    op.drop_table("edition")
    op.drop_table("concept_text")
    op.drop_table("code")
    with op.batch_alter_table("work", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_updated_at"))
        batch_op.drop_index(batch_op.f("ix_work_derived_from"))
        batch_op.drop_index("ix_work_kind_status_published")

    op.drop_table("work")
    op.drop_table("person")
    with op.batch_alter_table("partnership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partnership_country"))
        batch_op.drop_index(batch_op.f("ix_partnership_brand"))

    op.drop_table("partnership")
    op.drop_table("outbox")
    op.drop_table("lease")
    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_institution_country"))

    op.drop_table("institution")
    with op.batch_alter_table("concept", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_concept_domain"))

    op.drop_table("concept")
    op.drop_table("code_scheme")
    op.drop_table("change_counter")
