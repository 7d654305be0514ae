"""counts for the whole catalogue of figures: by class, what people did, histograms packed per day, how days ended."""

from alembic import op
import sqlalchemy as sa


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_WORK = ('decided', 'checked', 'changed', 'corrected', 'closed', 'closed_seconds', 'reopened', 'unanswered')
_WAITING = ['channel', 'due_at', 'waiting_since', 'account_id', 'category', 'state', 'several']
_UNCLASSIFIED = ['last_at', 'last_inbound_at', 'account_id', 'channel', 'category', 'state', 'unclassified', 'several']


def _daily(table: str, *columns: sa.Column, key: str = 'category') -> None:
    op.create_table(
        table, sa.Column('day', sa.String(), nullable=False), sa.Column('account_id', _ID, nullable=False),
        sa.Column(key, sa.String() if key != 'bucket' and key != 'hour' else _ID, nullable=False), *columns,
        sa.ForeignKeyConstraint(
            ['account_id'], ['account.id'], name=op.f(f'fk_{table}_account_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('day', 'account_id', key, name=op.f(f'pk_{table}')), info={'about': 'niemand'},
    )


def _numbers(*names: str) -> list[sa.Column]:
    return [sa.Column(name, _ID, nullable=False) for name in names]


def _partial(name: str, columns: list[str], where: str, table: str = 'conversation') -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    _daily('work_tally', *_numbers(*_WORK))
    _daily('standing_day', *_numbers('waiting', 'old'))
    _daily('histogram', sa.Column('counts', sa.LargeBinary(), nullable=False), key='kind')
    op.create_table(
        'firm_day', sa.Column('day', sa.String(), nullable=False),
        sa.Column('channel', sa.String(length=40), nullable=False), sa.Column('counts', sa.JSON(), nullable=False),
        sa.Column('reaction', sa.LargeBinary(), nullable=False), sa.Column('hour', sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint('day', 'channel', name=op.f('pk_firm_day')), info={'about': 'niemand'},
    )
    op.create_table(
        'closure', sa.Column('id', _ID, nullable=False), sa.Column('conversation_id', _ID, nullable=False),
        sa.Column('account_id', _ID, nullable=False), sa.Column('channel', sa.String(length=40), nullable=False),
        sa.Column('category', sa.String(length=40), nullable=True),
        sa.Column('opened_at', sa.BigInteger(), nullable=False), sa.Column('closed_at', sa.BigInteger(), nullable=False),
        sa.Column('reopened_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ['conversation_id'], ['conversation.id'], name=op.f('fk_closure_conversation_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_closure_account_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_closure')), info={'about': 'Absender'},
    )
    op.create_index('ix_closure_closed', 'closure', ['closed_at'])
    op.create_index('ix_closure_conversation', 'closure', ['conversation_id', 'closed_at'])
    op.execute(
        'INSERT INTO closure (conversation_id, account_id, channel, category, opened_at, closed_at) '
        'SELECT id, account_id, channel, category, opened_at, closed_at FROM conversation WHERE closed_at IS NOT NULL'
    )
    op.drop_table('reaction_bucket')
    op.drop_table('hour_tally')
    _partial('ix_conversation_waiting', _WAITING, 'due_at IS NOT NULL')
    op.drop_index('ix_conversation_due', 'conversation')
    op.drop_index('ix_conversation_unclassified', 'conversation')
    _partial('ix_conversation_unclassified', _UNCLASSIFIED, 'unclassified > 0')
    op.create_index('ix_notice_at', 'notice', ['at'])
    _again()


def _again() -> None:
    """Have everything counted once from the rows: what is new here cannot be told from the old counts."""
    op.execute(
        'INSERT INTO job (kind, "key", dedup, run_at, attempt, worker, fence, error) '
        "SELECT 'recount', 'alles', 'recount:alles', 0, 0, '', 0, '' WHERE EXISTS (SELECT 1 FROM tally)"
    )


def downgrade() -> None:
    op.drop_index('ix_notice_at', 'notice')
    op.drop_index('ix_conversation_unclassified', 'conversation')
    _partial('ix_conversation_unclassified', ['last_at'], 'unclassified > 0')
    op.drop_index('ix_conversation_waiting', 'conversation')
    _partial('ix_conversation_due', ['channel', 'due_at'], 'due_at IS NOT NULL')
    _daily('hour_tally', *_numbers('received', 'copied'), key='hour')
    _daily('reaction_bucket', *_numbers('stops'), key='bucket')
    for table in ('closure', 'firm_day', 'histogram', 'standing_day', 'work_tally'):
        op.drop_table(table)
