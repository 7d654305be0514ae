"""two persons of WhatsApp that a member says are one, Meta's free time, what Meta says of a number."""

from alembic import op
import sqlalchemy as sa


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _instant(table: str, *columns: str) -> None:
    for column in columns:
        op.add_column(table, sa.Column(column, sa.BigInteger(), nullable=True))


def _link(table: str, column: str, parent: str) -> None:
    # By hand: batch mode would rebuild the table, and SQLite would then empty those that hang on it.
    name = op.f(f'fk_{table}_{column}')
    kind = 'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'
    op.execute(f'ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT {name} REFERENCES {parent} (id)')


def _parent(column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f'{parent}.id'], name=op.f(f'fk_chat_move_{column}'), ondelete='CASCADE'
    )


def upgrade() -> None:
    _instant('conversation', 'free_until')
    _instant('chat_watch', 'subscribed_at', 'counted_at')
    _instant('chat_twin', 'decided_at')
    _link('chat_person', 'same_as_id', 'chat_person')
    _link('chat_twin', 'decided_by_id', 'member')
    _link('chat_twin', 'merged_id', 'chat_person')
    op.create_table(
        'chat_move', sa.Column('id', _ID, nullable=False), sa.Column('chat_twin_id', _ID, nullable=False),
        sa.Column('conversation_id', _ID, nullable=False),
        sa.Column('message_id', sa.LargeBinary(length=16), nullable=True),
        sa.Column('key_before', sa.String(), nullable=False), sa.Column('state_before', sa.String(), nullable=False),
        sa.Column('took_party', sa.Boolean(), nullable=False),
        _parent('chat_twin_id', 'chat_twin'), _parent('conversation_id', 'conversation'),
        _parent('message_id', 'message'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_chat_move')),
        sa.UniqueConstraint('chat_twin_id', 'message_id', name=op.f('uq_chat_move_chat_twin_id_message_id')),
        info={'about': 'Absender'},
    )
    op.create_index('ix_chat_move_message', 'chat_move', ['message_id'])
    op.create_index('ix_chat_move_conversation_id', 'chat_move', ['conversation_id'])


def downgrade() -> None:
    op.drop_table('chat_move')
    op.drop_column('conversation', 'free_until')
    for column in ('counted_at', 'subscribed_at'):
        op.drop_column('chat_watch', column)
    with op.batch_alter_table('chat_twin') as batch:
        for column in ('merged_id', 'decided_by_id'):
            batch.drop_constraint(op.f(f'fk_chat_twin_{column}'), type_='foreignkey')
            batch.drop_column(column)
        batch.drop_column('decided_at')
    with op.batch_alter_table('chat_person') as batch:
        batch.drop_constraint(op.f('fk_chat_person_same_as_id'), type_='foreignkey')
        batch.drop_column('same_as_id')
