"""Facts about people, memberships of segments, imports, tokens for programs."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=12), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_users.id"],
            name=op.f("fk__api_tokens__user_id__staff_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__api_tokens")),
        sa.UniqueConstraint("public_id", name=op.f("uq__api_tokens__public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq__api_tokens__token_hash")),
    )
    op.create_index("ix__api_tokens__user", "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "event_types",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__event_types__channel_id__channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__event_types")),
        sa.UniqueConstraint("channel_id", "name", name=op.f("uq__event_types__channel_id_name")),
    )
    op.create_table(
        "import_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "contacts",
                "events",
                "orders",
                "tags",
                "followers",
                name="importkind",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("rows_refused", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_no", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__import_runs__channel_id__channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__import_runs")),
        sa.UniqueConstraint(
            "channel_id", "kind", "digest", name=op.f("uq__import_runs__channel_id_kind_digest")
        ),
    )
    op.create_table(
        "active_days",
        sa.Column(
            "contact_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__active_days__contact_id__contacts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", "day", name=op.f("pk__active_days")),
    )
    op.create_index("ix__active_days__day", "active_days", ["day", "contact_id", "hours"], unique=False)
    op.create_table(
        "contact_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("type_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=True),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__contact_events__channel_id__channels")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__contact_events__contact_id__contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["type_id"], ["event_types.id"], name=op.f("fk__contact_events__type_id__event_types")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__contact_events")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq__contact_events__channel_id_key")),
    )
    op.create_index(
        "ix__contact_events__contact", "contact_events", ["contact_id", "type_id", "at"], unique=False
    )
    op.create_index(
        "ix__contact_events__type", "contact_events", ["type_id", "at", "contact_id"], unique=False
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_key", sa.String(length=80), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__customers__channel_id__channels")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__customers__contact_id__contacts"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__customers")),
        sa.UniqueConstraint(
            "channel_id", "customer_key", name=op.f("uq__customers__channel_id_customer_key")
        ),
    )
    op.create_index("ix__customers__contact", "customers", ["contact_id"], unique=False)
    op.create_table(
        "order_totals",
        sa.Column(
            "contact_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__order_totals__contact_id__contacts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk__order_totals")),
    )
    op.create_table(
        "rfm_groups",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("ordered_within_days", sa.Integer(), nullable=True),
        sa.Column("silent_for_days", sa.Integer(), nullable=True),
        sa.Column("orders_at_least", sa.Integer(), nullable=True),
        sa.Column("average_at_least_cents", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__rfm_groups__channel_id__channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__rfm_groups")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq__rfm_groups__channel_id_key")),
    )
    op.create_table(
        "rfm_scores",
        sa.Column(
            "contact_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("recency", sa.SmallInteger(), nullable=False),
        sa.Column("frequency", sa.SmallInteger(), nullable=False),
        sa.Column("monetary", sa.SmallInteger(), nullable=False),
        sa.Column("group_key", sa.String(length=60), nullable=True),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__rfm_scores__contact_id__contacts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk__rfm_scores")),
    )
    op.create_index("ix__rfm_scores__group", "rfm_scores", ["group_key", "contact_id"], unique=False)
    op.create_table(
        "scores",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("descriptions", sa.JSON(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__scores__channel_id__channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__scores")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq__scores__channel_id_key")),
    )
    op.create_table(
        "segment_memberships",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("segment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_because", sa.String(length=160), nullable=False),
        sa.Column("entered_by_event", sa.String(length=80), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_because", sa.String(length=160), nullable=True),
        sa.Column("left_by_event", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__segment_memberships__contact_id__contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk__segment_memberships__segment_id__segments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__segment_memberships")),
    )
    op.create_index(
        "ix__segment_memberships__contact", "segment_memberships", ["contact_id", "segment_id"], unique=False
    )
    op.create_index(
        "ix__segment_memberships__entered", "segment_memberships", ["segment_id", "entered_at"], unique=False
    )
    op.create_index(
        "ix__segment_memberships__left", "segment_memberships", ["segment_id", "left_at"], unique=False
    )
    op.create_index(
        "uq__segment_memberships__now",
        "segment_memberships",
        ["segment_id", "contact_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_table(
        "segment_touches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fact", sa.String(length=160), nullable=False),
        sa.Column("event_key", sa.String(length=80), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__segment_touches__contact_id__contacts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__segment_touches")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_key", sa.String(length=80), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "paid",
                "cancelled",
                "refunded",
                "partially_refunded",
                name="orderstatus",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("refunded_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("sales_channel", sa.String(length=60), nullable=True),
        sa.Column("store_key", sa.String(length=60), nullable=True),
        sa.Column("coupon_code", sa.String(length=60), nullable=True),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__orders__channel_id__channels")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__orders__contact_id__contacts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk__orders__customer_id__customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__orders")),
        sa.UniqueConstraint("channel_id", "order_key", name=op.f("uq__orders__channel_id_order_key")),
    )
    op.create_index("ix__orders__contact", "orders", ["contact_id", "ordered_at", "net_cents"], unique=False)
    op.create_index("ix__orders__customer", "orders", ["customer_id"], unique=False)
    op.create_index("ix__orders__window", "orders", ["ordered_at", "contact_id", "net_cents"], unique=False)
    unsolved = sa.text("state IN ('open', 'waiting')")
    op.create_index(
        "ix__tickets__touched",
        "tickets",
        ["channel_id", "touched_at", "public_id", "agent_id", "queue_id"],
        unique=False,
        sqlite_where=unsolved,
        postgresql_where=unsolved,
    )
    op.drop_index("ix__tickets__list", table_name="tickets")
    solved = sa.text("state = 'solved'")
    op.create_index(
        "ix__tickets__solved",
        "tickets",
        ["channel_id", "touched_at", "public_id"],
        unique=False,
        sqlite_where=solved,
        postgresql_where=solved,
    )
    # PostgreSQL indexes only what is stored, SQLite adds only what is not.
    is_stored = op.get_bind().dialect.name == "postgresql"
    beginning = sa.Computed("substr(text, 1, 40)", persisted=is_stored)
    op.add_column("contact_fields", sa.Column("start", sa.String(length=40), beginning, nullable=True))
    op.create_index(
        "ix__contact_fields__start", "contact_fields", ["name", "kind", "start", "contact_id"], unique=False
    )
    op.create_index(
        "ix__contact_fields__number", "contact_fields", ["name", "kind", "number", "contact_id"], unique=False
    )
    op.add_column(
        "segments",
        sa.Column(
            "kind",
            sa.Enum("active", "static", name="segmentkind", native_enum=False, length=20),
            server_default="active",
            nullable=False,
        ),
    )
    op.add_column(
        "segments",
        sa.Column(
            "origin",
            sa.Enum("playbook", "staff", name="origin", native_enum=False, length=20),
            server_default="playbook",
            nullable=False,
        ),
    )
    op.add_column("segments", sa.Column("gives_tag", sa.String(length=80), nullable=True))
    op.add_column(
        "segments",
        sa.Column(
            "targeting",
            sa.Enum("yes", "not_now", "no", name="targeting", native_enum=False, length=20),
            nullable=True,
        ),
    )
    op.add_column("segments", sa.Column("targeting_reason", sa.Text(), nullable=True))
    op.add_column("segments", sa.Column("positioning", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("segments", sa.Column("created_by", sa.String(length=120), nullable=True))
    op.add_column("segments", sa.Column("edition", sa.Integer(), server_default="0", nullable=False))
    op.add_column("segments", sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("segments", sa.Column("reviewed_by", sa.String(length=120), nullable=True))
    op.add_column("segments", sa.Column("sweep_due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("segments", sa.Column("sweep_because", sa.String(length=160), nullable=True))
    op.add_column("segments", sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix__contacts__following_since", "contacts", ["channel_id", "following_since_at", "id"], unique=False
    )
    op.create_index(
        "ix__deliveries__tapped",
        "deliveries",
        ["tapped_at", "contact_id"],
        unique=False,
        sqlite_where=sa.text("tapped_at IS NOT NULL"),
        postgresql_where=sa.text("tapped_at IS NOT NULL"),
    )
