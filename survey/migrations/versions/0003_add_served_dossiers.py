"""add served dossiers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "served_dossier",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=True),
        sa.Column("procedure_code", sa.String(length=60), nullable=False),
        sa.Column("officer_code", sa.String(length=60), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agency_times", sa.JSON(), nullable=False),
        sa.Column("supplement_count", sa.Integer(), nullable=True),
        sa.Column("contact_count", sa.Integer(), nullable=True),
        sa.Column("applicant_fault_count", sa.Integer(), nullable=True),
        sa.Column("agency_contact_count", sa.Integer(), nullable=True),
        sa.Column(
            "publication",
            sa.Enum("both", "one", "neither", name="publication", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column(
            "complaint",
            sa.Enum("none", "open", "upheld", "dismissed", name="complaint", native_enum=False, length=40),
            nullable=True,
        ),
        sa.Column(
            "citizen_rating",
            sa.Enum(
                "very_satisfied",
                "satisfied",
                "neutral",
                "dissatisfied",
                "very_dissatisfied",
                name="citizenrating",
                native_enum=False,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_served_dossier_version")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_served_dossier_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_served_dossier_service_point_id_service_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_served_dossier")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_served_dossier_code")),
    )
    with op.batch_alter_table("served_dossier", schema=None) as batch_op:
        batch_op.create_index(
            "ix_served_dossier_organisation_id_returned_at", ["organisation_id", "returned_at"], unique=False
        )
        batch_op.create_index("ix_served_dossier_returned_at", ["returned_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_served_dossier_service_point_id"), ["service_point_id"], unique=False)

    op.create_table(
        "on_site_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quarter BETWEEN 1 AND 4", name=op.f("ck_on_site_statement_quarter")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_on_site_statement_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_site_statement")),
    )
    with op.batch_alter_table("on_site_statement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_on_site_statement_place", ["organisation_id", "year", "quarter", "measure"], unique=False
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("on_site_statement", schema=None) as batch_op:
        batch_op.drop_index("ix_on_site_statement_place")

    op.drop_table("on_site_statement")
    with op.batch_alter_table("served_dossier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_served_dossier_service_point_id"))
        batch_op.drop_index("ix_served_dossier_returned_at")
        batch_op.drop_index("ix_served_dossier_organisation_id_returned_at")

    op.drop_table("served_dossier")
