"""Staff, segments, tickets, campaigns."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_due",
        sa.Column(
            "source",
            sa.Enum("contact", "field", "entry", name="source", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("source_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("source", "source_id", name=op.f("pk__search_due")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("key", sa.String(length=140), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk__sign_in_failures")),
    )
    op.create_table(
        "staff_users",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("login", sa.String(length=120), nullable=False),
        sa.Column("display_name", sa.String(length=60), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "supervisor",
                "marketer",
                "agent",
                "viewer",
                name="role",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_duty_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("capacity", sa.SmallInteger(), nullable=False),
        sa.Column("plays_sound", sa.Boolean(), nullable=False),
        sa.Column("shows_notifications", sa.Boolean(), nullable=False),
        sa.Column("line_user_id", sa.String(length=100), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__staff_users")),
        sa.UniqueConstraint("login", name=op.f("uq__staff_users__login")),
        sa.UniqueConstraint("public_id", name=op.f("uq__staff_users__public_id")),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_name", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("noun", sa.String(length=40), nullable=False),
        sa.Column("noun_id", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.Column("address", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_users.id"],
            name=op.f("fk__audit_log__user_id__staff_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__audit_log")),
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index("ix__audit_log__at", ["at"], unique=False)
        batch_op.create_index("ix__audit_log__noun", ["noun", "noun_id", "id"], unique=False)

    op.create_table(
        "pairing_codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_users.id"],
            name=op.f("fk__pairing_codes__user_id__staff_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__pairing_codes")),
        sa.UniqueConstraint("code", name=op.f("uq__pairing_codes__code")),
        sa.UniqueConstraint("user_id", name=op.f("uq__pairing_codes__user_id")),
    )
    op.create_table(
        "queues",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__queues__channel_id__channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__queues")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq__queues__channel_id_key")),
    )
    op.create_table(
        "reply_tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lane_key", sa.String(length=110), nullable=False),
        sa.Column("token", sa.String(length=200), nullable=False),
        sa.Column("event_key", sa.String(length=80), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__reply_tokens__channel_id__channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__reply_tokens")),
        sa.UniqueConstraint("channel_id", "lane_key", name=op.f("uq__reply_tokens__channel_id_lane_key")),
    )
    op.create_table(
        "segments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("descriptions", sa.JSON(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__segments__channel_id__channels")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__segments")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq__segments__channel_id_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq__segments__public_id")),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_users.id"],
            name=op.f("fk__sign_in_links__user_id__staff_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__sign_in_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq__sign_in_links__token_hash")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_users.id"],
            name=op.f("fk__staff_sessions__user_id__staff_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__staff_sessions")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq__staff_sessions__previous_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq__staff_sessions__token_hash")),
    )
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.create_index("ix__staff_sessions__user", ["user_id"], unique=False)

    op.create_table(
        "campaigns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=True),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("segment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("consent", sa.String(length=60), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "scheduled",
                "overdue",
                "freezing",
                "running",
                "paused",
                "finished",
                "cancelled",
                name="campaignstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("paused_because", sa.String(length=200), nullable=True),
        sa.Column("repeat", sa.String(length=60), nullable=True),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("send_local", sa.String(length=16), nullable=True),
        sa.Column("late_by_s", sa.Integer(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_no", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__campaigns__channel_id__channels")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["campaigns.id"], name=op.f("fk__campaigns__plan_id__campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk__campaigns__revision_id__revisions")
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk__campaigns__segment_id__segments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__campaigns")),
        sa.UniqueConstraint("channel_id", "key", name=op.f("uq__campaigns__channel_id_key")),
        sa.UniqueConstraint("plan_id", "send_at", name=op.f("uq__campaigns__plan_id_send_at")),
        sa.UniqueConstraint("public_id", name=op.f("uq__campaigns__public_id")),
    )
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.create_index("ix__campaigns__state", ["state", "send_at"], unique=False)

    op.create_table(
        "queue_members",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("queue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk__queue_members__queue_id__queues"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_users.id"],
            name=op.f("fk__queue_members__user_id__staff_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__queue_members")),
        sa.UniqueConstraint("queue_id", "user_id", name=op.f("uq__queue_members__queue_id_user_id")),
    )
    with op.batch_alter_table("queue_members", schema=None) as batch_op:
        batch_op.create_index("ix__queue_members__user", ["user_id"], unique=False)

    op.create_table(
        "search_documents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "source",
            sa.Enum("contact", "field", "entry", name="source", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tokens", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__search_documents__contact_id__contacts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__search_documents")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq__search_documents__source_source_id")),
    )
    with op.batch_alter_table("search_documents", schema=None) as batch_op:
        batch_op.create_index("ix__search_documents__contact", ["contact_id"], unique=False)

    op.create_table(
        "tickets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("channel_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("queue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "waiting", "solved", name="ticketstate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.String(length=160), nullable=False),
        sa.Column("event_key", sa.String(length=80), nullable=True),
        sa.Column("routed", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("customer_wrote_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("solved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "satisfaction",
            sa.Enum("good", "fair", "bad", name="satisfaction", native_enum=False, length=20),
            nullable=True,
        ),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["staff_users.id"], name=op.f("fk__tickets__agent_id__staff_users")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk__tickets__channel_id__channels")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__tickets__contact_id__contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["queue_id"], ["queues.id"], name=op.f("fk__tickets__queue_id__queues")),
        sa.ForeignKeyConstraint(
            ["solved_by_id"], ["staff_users.id"], name=op.f("fk__tickets__solved_by_id__staff_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__tickets")),
        sa.UniqueConstraint("public_id", name=op.f("uq__tickets__public_id")),
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.create_index("ix__tickets__contact", ["contact_id", "id"], unique=False)
        batch_op.create_index("ix__tickets__list", ["channel_id", "state", "touched_at"], unique=False)
        batch_op.create_index(
            "ix__tickets__load",
            ["agent_id", "state"],
            unique=False,
            sqlite_where=sa.text("state IN ('open', 'waiting')"),
            postgresql_where=sa.text("state IN ('open', 'waiting')"),
        )
        batch_op.create_index(
            "ix__tickets__unassigned",
            ["queue_id", "opened_at"],
            unique=False,
            sqlite_where=sa.text("agent_id IS NULL AND state IN ('open', 'waiting')"),
            postgresql_where=sa.text("agent_id IS NULL AND state IN ('open', 'waiting')"),
        )
        batch_op.create_index(
            "uq__tickets__unsolved",
            ["contact_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'waiting')"),
            postgresql_where=sa.text("state IN ('open', 'waiting')"),
        )

    op.create_table(
        "assignments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("because", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["staff_users.id"], name=op.f("fk__assignments__agent_id__staff_users")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk__assignments__ticket_id__tickets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index("ix__assignments__agent", ["agent_id", "assigned_at"], unique=False)
        batch_op.create_index("ix__assignments__ticket", ["ticket_id", "id"], unique=False)
        batch_op.create_index(
            "uq__assignments__current",
            ["ticket_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "pushes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk__pushes__campaign_id__campaigns"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk__pushes__outbox_id__outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__pushes")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq__pushes__campaign_id_number")),
    )
    with op.batch_alter_table("pushes", schema=None) as batch_op:
        batch_op.create_index("ix__pushes__outbox", ["outbox_id"], unique=False)

    op.create_table(
        "ticket_notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk__ticket_notes__ticket_id__tickets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_users.id"], name=op.f("fk__ticket_notes__user_id__staff_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__ticket_notes")),
    )
    with op.batch_alter_table("ticket_notes", schema=None) as batch_op:
        batch_op.create_index("ix__ticket_notes__ticket", ["ticket_id", "id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("push_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "skipped",
            sa.Enum(
                "blocked",
                "no_consent",
                "in_ticket",
                "capped",
                "quiet_hours",
                "left",
                "refused",
                "faulty",
                "cancelled",
                name="skip",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("tapped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk__deliveries__campaign_id__campaigns"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk__deliveries__contact_id__contacts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["push_id"], ["pushes.id"], name=op.f("fk__deliveries__push_id__pushes"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk__deliveries")),
        sa.UniqueConstraint("campaign_id", "contact_id", name=op.f("uq__deliveries__campaign_id_contact_id")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index("ix__deliveries__contact", ["contact_id", "released_at"], unique=False)
        batch_op.create_index("ix__deliveries__push", ["push_id"], unique=False)
        batch_op.create_index(
            "ix__deliveries__unreleased",
            ["campaign_id", "contact_id"],
            unique=False,
            sqlite_where=sa.text("released_at IS NULL AND skipped IS NULL"),
            postgresql_where=sa.text("released_at IS NULL AND skipped IS NULL"),
        )

    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quota_limit", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("quota_used", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("quota_asked_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("contact_tags", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix__contact_tags__tag"))
        batch_op.create_index("ix__contact_tags__tag", ["tag_id", "contact_id", "expires_at"], unique=False)

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_demo", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index("ix__contacts__last_seen", ["channel_id", "last_seen_at", "id"], unique=False)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f("ix__outbox__due"), sqlite_where=sa.text("status IN ('queued', 'sending')")
        )
        batch_op.create_index(
            "ix__outbox__due_bulk",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NULL"),
            postgresql_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NULL"),
        )
        batch_op.create_index(
            "ix__outbox__due_in_lane",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NOT NULL"),
            postgresql_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NOT NULL"),
        )

    with op.batch_alter_table("timeline_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outbox_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("timeline_entries", schema=None) as batch_op:
        batch_op.drop_column("outbox_id")

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix__outbox__due_in_lane",
            sqlite_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NOT NULL"),
            postgresql_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix__outbox__due_bulk",
            sqlite_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NULL"),
            postgresql_where=sa.text("status IN ('queued', 'sending') AND lane_key IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix__outbox__due"),
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("status IN ('queued', 'sending')"),
        )

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index("ix__contacts__last_seen")
        batch_op.drop_column("is_demo")

    with op.batch_alter_table("contact_tags", schema=None) as batch_op:
        batch_op.drop_index("ix__contact_tags__tag")
        batch_op.create_index(batch_op.f("ix__contact_tags__tag"), ["tag_id", "contact_id"], unique=False)

    with op.batch_alter_table("channels", schema=None) as batch_op:
        batch_op.drop_column("quota_asked_at")
        batch_op.drop_column("quota_used")
        batch_op.drop_column("quota_limit")

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix__deliveries__unreleased",
            sqlite_where=sa.text("released_at IS NULL AND skipped IS NULL"),
            postgresql_where=sa.text("released_at IS NULL AND skipped IS NULL"),
        )
        batch_op.drop_index("ix__deliveries__push")
        batch_op.drop_index("ix__deliveries__contact")

    op.drop_table("deliveries")
    with op.batch_alter_table("ticket_notes", schema=None) as batch_op:
        batch_op.drop_index("ix__ticket_notes__ticket")

    op.drop_table("ticket_notes")
    with op.batch_alter_table("pushes", schema=None) as batch_op:
        batch_op.drop_index("ix__pushes__outbox")

    op.drop_table("pushes")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index(
            "uq__assignments__current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix__assignments__ticket")
        batch_op.drop_index("ix__assignments__agent")

    op.drop_table("assignments")
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.drop_index(
            "uq__tickets__unsolved",
            sqlite_where=sa.text("state IN ('open', 'waiting')"),
            postgresql_where=sa.text("state IN ('open', 'waiting')"),
        )
        batch_op.drop_index(
            "ix__tickets__unassigned",
            sqlite_where=sa.text("agent_id IS NULL AND state IN ('open', 'waiting')"),
            postgresql_where=sa.text("agent_id IS NULL AND state IN ('open', 'waiting')"),
        )
        batch_op.drop_index(
            "ix__tickets__load",
            sqlite_where=sa.text("state IN ('open', 'waiting')"),
            postgresql_where=sa.text("state IN ('open', 'waiting')"),
        )
        batch_op.drop_index("ix__tickets__list")
        batch_op.drop_index("ix__tickets__contact")

    op.drop_table("tickets")
    with op.batch_alter_table("search_documents", schema=None) as batch_op:
        batch_op.drop_index("ix__search_documents__contact")

    op.drop_table("search_documents")
    with op.batch_alter_table("queue_members", schema=None) as batch_op:
        batch_op.drop_index("ix__queue_members__user")

    op.drop_table("queue_members")
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.drop_index("ix__campaigns__state")

    op.drop_table("campaigns")
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix__staff_sessions__user")

    op.drop_table("staff_sessions")
    op.drop_table("sign_in_links")
    op.drop_table("segments")
    op.drop_table("reply_tokens")
    op.drop_table("queues")
    op.drop_table("pairing_codes")
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.drop_index("ix__audit_log__noun")
        batch_op.drop_index("ix__audit_log__at")

    op.drop_table("audit_log")
    op.drop_table("staff_users")
    op.drop_table("sign_in_failures")
    op.drop_table("search_due")
