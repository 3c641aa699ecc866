"""Whether the shop was open when everybody's rich menu was last made to follow its hours."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("channels", sa.Column("menus_open", sa.Boolean(), nullable=True))
