"""Run the migration chain inside one transaction on either database."""

from typing import Any, Literal

from alembic import context

from core.db import Base, Database, UtcDateTime

database: Database = context.config.attributes["database"]


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column type as the plain one it stores, so that migrations import no code of ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def include_name(name: str | None, _kind: str, _parents: Any) -> bool:
    """Leave alone what revision 0003 makes by hand for each database: SQLite's virtual table, an index."""
    return not (name or "").startswith("search_index")


with database.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_item,
        include_name=include_name,
        # Without this Alembic leaves half of a failed migration behind on SQLite.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
