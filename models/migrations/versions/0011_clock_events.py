"""every event of a response window, snoozes, and which messages of ours were only holding replies."""

from alembic import op
import sqlalchemy as sa


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

_INSTANTS = ('resolve_due_at', 'breaks_at', 'snoozed_until', 'holding_at')


def upgrade() -> None:
    op.add_column('conversation', sa.Column('clock', sa.String(length=40), nullable=True))
    for column in _INSTANTS:
        op.add_column('conversation', sa.Column(column, sa.BigInteger(), nullable=True))
    op.create_index(
        'ix_conversation_breaks', 'conversation', ['breaks_at'],
        sqlite_where=sa.text('breaks_at IS NOT NULL'), postgresql_where=sa.text('breaks_at IS NOT NULL'),
    )
    op.add_column('message', sa.Column('holding', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('clock_event', sa.Column('clock', sa.String(length=40), nullable=True))
    op.add_column('clock_event', sa.Column('calendar', sa.String(length=40), nullable=True))
    op.add_column('clock_event', sa.Column('until', sa.BigInteger(), nullable=True))
    for column, parent in (('calendar_version', ''), ('member_id', 'member')):
        # By hand: batch mode would rebuild the table.
        kind = 'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'
        link = f" CONSTRAINT {op.f(f'fk_clock_event_{column}')} REFERENCES {parent} (id)" if parent else ''
        op.execute(f'ALTER TABLE clock_event ADD COLUMN {column} {kind}{link}')
    # What was closed so far becomes an event, too: an end outlives the next one.
    op.execute(
        'INSERT INTO clock_event (conversation_id, account_id, channel, kind, at) '
        "SELECT id, account_id, channel, 'Erledigt', closed_at FROM conversation WHERE closed_at IS NOT NULL"
    )


def downgrade() -> None:
    op.execute(
        "DELETE FROM clock_event WHERE kind NOT IN ('Stopp', 'Ende ohne Antwort')"
    )
    with op.batch_alter_table('clock_event') as batch:
        batch.drop_constraint(op.f('fk_clock_event_member_id'), type_='foreignkey')
        for column in ('member_id', 'calendar_version', 'until', 'calendar', 'clock'):
            batch.drop_column(column)
    op.drop_column('message', 'holding')
    op.drop_index('ix_conversation_breaks', 'conversation')
    for column in (*_INSTANTS, 'clock'):
        op.drop_column('conversation', column)
