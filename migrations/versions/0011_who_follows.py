"""Who follows and who was erased is read from an index, without looking at every contact."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix__contacts__following", "contacts", ["channel_id", "following", "id"])
    was_erased = sa.text("erased_at IS NOT NULL")
    op.create_index(
        "ix__contacts__erased",
        "contacts",
        ["channel_id", "id"],
        sqlite_where=was_erased,
        postgresql_where=was_erased,
    )
