"""By which codes people came is read from an index."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    came_by_one = sa.text("entry_source IS NOT NULL")
    op.create_index(
        "ix__contacts__entry",
        "contacts",
        ["channel_id", "entry_source"],
        sqlite_where=came_by_one,
        postgresql_where=came_by_one,
    )
