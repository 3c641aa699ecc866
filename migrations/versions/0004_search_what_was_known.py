"""Have what was said before there was an index indexed by the worker."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KNOWN = (
    "INSERT INTO search_due (source, source_id) SELECT 'contact', id FROM contacts WHERE display_name IS NOT NULL",
    "INSERT INTO search_due (source, source_id) SELECT 'field', id FROM contact_fields WHERE kind = 'text'",
    """
    INSERT INTO search_due (source, source_id) SELECT 'entry', id FROM timeline_entries
    WHERE kind IN ('received', 'sent') AND (text IS NOT NULL OR payload IS NOT NULL)
    """,
)


def upgrade() -> None:
    """Mark everything as due."""
    for statement in KNOWN:
        op.execute(statement)
