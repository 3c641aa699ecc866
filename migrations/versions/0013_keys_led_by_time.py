"""Events that a file told without an id have a key that begins with their time.

Those of files taken in before get the key that the same row would have now, so that it is still known when it
comes again. One whose own id was 32 small hexadecimal digits looks the same and is taken for one of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


_OF_FILES = "source LIKE 'import:%' AND key LIKE 'import/%' AND length(key) = 39"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        time: sa.ColumnElement[str] = sa.literal_column("replace(substr(at, 1, 19), ' ', 'T')")
        has_digits_alone = sa.text("substr(key, 8) NOT GLOB '*[^0-9a-f]*'")
    else:
        time = sa.literal_column("""to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')""")
        has_digits_alone = sa.text("substr(key, 8) !~ '[^0-9a-f]'")
    events = sa.table("contact_events", sa.column("key", sa.Text))
    key = sa.literal("import/") + time + "/" + sa.func.substr(events.c.key, 8)
    op.execute(sa.update(events).where(sa.text(_OF_FILES), has_digits_alone).values(key=key))
