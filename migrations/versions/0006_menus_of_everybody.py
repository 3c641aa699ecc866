"""When everybody's rich menu is to be looked at again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("channels", sa.Column("menus_sweep_at", sa.DateTime(timezone=True), nullable=True))
