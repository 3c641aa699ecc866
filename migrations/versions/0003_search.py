"""The index of what was said, and the triggers that keep it true."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# SQLite: tokens come ready-made, parted by spaces; `ascii` splits at nothing else that is in them.
SQLITE = (
    """
    CREATE VIRTUAL TABLE search_index USING fts5(
        tokens, content='search_documents', content_rowid='id', tokenize='ascii'
    )
    """,
    """
    CREATE TRIGGER search_documents_in AFTER INSERT ON search_documents BEGIN
        INSERT INTO search_index (rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
    """
    CREATE TRIGGER search_documents_out AFTER DELETE ON search_documents BEGIN
        INSERT INTO search_index (search_index, rowid, tokens) VALUES ('delete', old.id, old.tokens);
    END
    """,
    """
    CREATE TRIGGER search_contact_new AFTER INSERT ON contacts WHEN new.display_name IS NOT NULL BEGIN
        INSERT OR IGNORE INTO search_due (source, source_id) VALUES ('contact', new.id);
    END
    """,
    """
    CREATE TRIGGER search_contact_changed AFTER UPDATE OF display_name ON contacts
    WHEN new.display_name IS NOT old.display_name BEGIN
        DELETE FROM search_documents WHERE source = 'contact' AND source_id = new.id;
        INSERT OR IGNORE INTO search_due (source, source_id) VALUES ('contact', new.id);
    END
    """,
    """
    CREATE TRIGGER search_field_new AFTER INSERT ON contact_fields WHEN new.kind = 'text' BEGIN
        INSERT OR IGNORE INTO search_due (source, source_id) VALUES ('field', new.id);
    END
    """,
    """
    CREATE TRIGGER search_field_changed AFTER UPDATE OF kind, text ON contact_fields BEGIN
        DELETE FROM search_documents WHERE source = 'field' AND source_id = new.id;
        INSERT OR IGNORE INTO search_due (source, source_id) VALUES ('field', new.id);
    END
    """,
    """
    CREATE TRIGGER search_field_gone AFTER DELETE ON contact_fields BEGIN
        DELETE FROM search_documents WHERE source = 'field' AND source_id = old.id;
    END
    """,
    """
    CREATE TRIGGER search_entry_new AFTER INSERT ON timeline_entries
    WHEN new.kind IN ('received', 'sent') AND (new.text IS NOT NULL OR new.payload IS NOT NULL) BEGIN
        INSERT OR IGNORE INTO search_due (source, source_id) VALUES ('entry', new.id);
    END
    """,
    """
    CREATE TRIGGER search_entry_changed AFTER UPDATE OF text, payload ON timeline_entries
    WHEN new.kind IN ('received', 'sent') BEGIN
        DELETE FROM search_documents WHERE source = 'entry' AND source_id = new.id;
        INSERT OR IGNORE INTO search_due (source, source_id) VALUES ('entry', new.id);
    END
    """,
    """
    CREATE TRIGGER search_entry_gone AFTER DELETE ON timeline_entries BEGIN
        DELETE FROM search_documents WHERE source = 'entry' AND source_id = old.id;
    END
    """,
)

POSTGRESQL = (
    "CREATE INDEX search_index ON search_documents USING gin (tokens)",
    """
    CREATE FUNCTION search_wants() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            DELETE FROM search_documents WHERE source = TG_ARGV[0] AND source_id = old.id;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO search_due (source, source_id) VALUES (TG_ARGV[0], new.id) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER search_contact_new AFTER INSERT ON contacts
    FOR EACH ROW WHEN (new.display_name IS NOT NULL) EXECUTE FUNCTION search_wants('contact')
    """,
    """
    CREATE TRIGGER search_contact_changed AFTER UPDATE OF display_name ON contacts
    FOR EACH ROW WHEN (new.display_name IS DISTINCT FROM old.display_name)
    EXECUTE FUNCTION search_wants('contact')
    """,
    """
    CREATE TRIGGER search_field_new AFTER INSERT ON contact_fields
    FOR EACH ROW WHEN (new.kind = 'text') EXECUTE FUNCTION search_wants('field')
    """,
    """
    CREATE TRIGGER search_field_changed AFTER DELETE OR UPDATE OF kind, text ON contact_fields
    FOR EACH ROW EXECUTE FUNCTION search_wants('field')
    """,
    """
    CREATE TRIGGER search_entry_new AFTER INSERT ON timeline_entries
    FOR EACH ROW WHEN (new.kind IN ('received', 'sent') AND (new.text IS NOT NULL OR new.payload IS NOT NULL))
    EXECUTE FUNCTION search_wants('entry')
    """,
    """
    CREATE TRIGGER search_entry_changed AFTER UPDATE OF text, payload ON timeline_entries
    FOR EACH ROW WHEN (new.kind IN ('received', 'sent')) EXECUTE FUNCTION search_wants('entry')
    """,
    """
    CREATE TRIGGER search_entry_gone AFTER DELETE ON timeline_entries
    FOR EACH ROW EXECUTE FUNCTION search_wants('entry')
    """,
)


def upgrade() -> None:
    """Make what SQLAlchemy has no words for."""
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
