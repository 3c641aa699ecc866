"""Signing in with a second step."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff_users", sa.Column("two_step_seed", sa.String(40), nullable=True))
    op.add_column("staff_users", sa.Column("two_step_used", sa.BigInteger, nullable=True))
