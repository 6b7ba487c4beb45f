"""PostgreSQL tells every process when a server's settings or contributions change."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = ("guilds", "contributions")


def upgrade() -> None:
    """Triggers, so that no way of writing can forget it; told when the transaction ends, and only then."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        """
        CREATE FUNCTION tell_community() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('community', COALESCE(NEW.guild_id, OLD.guild_id)::text);
            RETURN NULL;
        END $$
        """
    )
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER tell_{table} AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tell_community()"
        )


def downgrade() -> None:
    """Without them."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _TABLES:
        op.execute(f"DROP TRIGGER tell_{table} ON {table}")
    op.execute("DROP FUNCTION tell_community()")
