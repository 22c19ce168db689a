"""add devices."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "silence_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_silence_limit_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence_limit")),
    )
    with op.batch_alter_table("silence_limit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_silence_limit_organisation_id"), ["organisation_id"], unique=False
        )
    op.create_table(
        "closed_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_closed_day_recorded_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_closed_day_service_point_id_service_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_day")),
    )
    with op.batch_alter_table("closed_day", schema=None) as batch_op:
        batch_op.create_index("ix_closed_day_service_point_id_day", ["service_point_id", "day"], unique=False)
    op.create_table(
        "enrolment_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("device_name", sa.String(length=80), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["account.id"], name=op.f("fk_enrolment_code_made_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_enrolment_code_service_point_id_service_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_enrolment_code_code_hash")),
    )
    with op.batch_alter_table("enrolment_code", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrolment_code_service_point_id"), ["service_point_id"], unique=False
        )
    op.create_table(
        "opening_hours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("week", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_opening_hours_recorded_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_opening_hours_service_point_id_service_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_hours")),
    )
    with op.batch_alter_table("opening_hours", schema=None) as batch_op:
        batch_op.create_index(
            "ix_opening_hours_service_point_id_valid_from", ["service_point_id", "valid_from"], unique=False
        )
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.String(length=200), nullable=False),
        sa.Column("enrolment_code_id", sa.Integer(), nullable=True),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrolment_code_id"],
            ["enrolment_code.id"],
            name=op.f("fk_device_enrolment_code_id_enrolment_code"),
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"], ["account.id"], name=op.f("fk_device_revoked_by_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("uuid", name=op.f("uq_device_uuid")),
    )
    op.create_table(
        "covered_stretch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_covered_stretch_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_covered_stretch_service_point_id_service_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_covered_stretch")),
    )
    with op.batch_alter_table("covered_stretch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_covered_stretch_device_id"), ["device_id"], unique=False)
        batch_op.create_index(
            "ix_covered_stretch_service_point_id_ends_at", ["service_point_id", "ends_at"], unique=False
        )
    op.create_table(
        "device_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_device_alert_device_id_device")),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_device_alert_service_point_id_service_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_alert")),
    )
    with op.batch_alter_table("device_alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_alert_device_id"), ["device_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_device_alert_service_point_id"), ["service_point_id"], unique=False
        )
    op.create_table(
        "device_placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("service_point_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name=op.f("fk_device_placement_device_id_device")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["account.id"], name=op.f("fk_device_placement_made_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["service_point_id"],
            ["service_point.id"],
            name=op.f("fk_device_placement_service_point_id_service_point"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_placement")),
    )
    with op.batch_alter_table("device_placement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_placement_device_id"), ["device_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_device_placement_service_point_id"), ["service_point_id"], unique=False
        )
    op.create_table(
        "device_state",
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("counter", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queue_length", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column(
            "clock_offset_milliseconds", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "screen",
            sa.Enum("ready", "in_use", "asleep", "closed", name="screenstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "storage",
            sa.Enum("working", "refused", name="storagestate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_device_state_device_id_device")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_state")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("device_state")
    with op.batch_alter_table("device_placement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_placement_service_point_id"))
        batch_op.drop_index(batch_op.f("ix_device_placement_device_id"))
    op.drop_table("device_placement")
    with op.batch_alter_table("device_alert", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_alert_service_point_id"))
        batch_op.drop_index(batch_op.f("ix_device_alert_device_id"))
    op.drop_table("device_alert")
    with op.batch_alter_table("covered_stretch", schema=None) as batch_op:
        batch_op.drop_index("ix_covered_stretch_service_point_id_ends_at")
        batch_op.drop_index(batch_op.f("ix_covered_stretch_device_id"))
    op.drop_table("covered_stretch")
    op.drop_table("device")
    with op.batch_alter_table("opening_hours", schema=None) as batch_op:
        batch_op.drop_index("ix_opening_hours_service_point_id_valid_from")
    op.drop_table("opening_hours")
    with op.batch_alter_table("enrolment_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_code_service_point_id"))
    op.drop_table("enrolment_code")
    with op.batch_alter_table("closed_day", schema=None) as batch_op:
        batch_op.drop_index("ix_closed_day_service_point_id_day")
    op.drop_table("closed_day")
    with op.batch_alter_table("silence_limit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_silence_limit_organisation_id"))
    op.drop_table("silence_limit")
