"""What staff said otherwise than the playbook."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_words",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "about",
            sa.Enum("target", "positioning", "points", name="about", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__staff_words__channel_id__channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__staff_words")),
        sa.UniqueConstraint("channel_id", "about", "key", name=op.f("uq__staff_words__channel_id_about_key")),
    )
