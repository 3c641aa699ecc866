"""Until when quiet hours held a campaign back."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
