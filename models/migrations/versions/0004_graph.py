"""where reading of a mailbox stands: rounds, folders, what is missing, copies of one mail."""

from alembic import op
import sqlalchemy as sa


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _count(name: str) -> sa.Column:
    return sa.Column(name, _ID, nullable=False, server_default='0')


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _text(name: str) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=False, server_default='')


def _instant(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=True)


_COLUMNS = {
    'account': (_text('warning_code'), _instant('incomplete_since'), _count('round')),
    'chain': (
        *(_count(name) for name in ('swept_round', 'read', 'total', 'damaged')),
        *(_instant(name) for name in ('ahead_at', 'listed_at', 'restarted_at')),
    ),
    'message': (
        _flag('copied'), _flag('answers'), _count('seen_round'), sa.Column('missing_round', _ID, nullable=True)
    ),
    'tally': tuple(_count(name) for name in ('copied', 'copied_final', 'copied_sent')),
    'hour_tally': (_count('copied'),),
}


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.create_index(
        'ix_message_missing', 'message', ['account_id', 'missing_round'],
        sqlite_where=sa.text('missing_round IS NOT NULL'), postgresql_where=sa.text('missing_round IS NOT NULL'),
    )
    op.create_table('mail_folder',
    sa.Column('account_id', _ID, nullable=False),
    sa.Column('folder', sa.String(), nullable=False),
    sa.Column('parent', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('seen_round', _ID, nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_mail_folder_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'folder', name=op.f('pk_mail_folder')),
    info={'about': 'Firma'}
    )
    # Chains that were read to their end before have had their full round.
    op.execute('UPDATE chain SET swept_round = round WHERE complete_at IS NOT NULL')


def downgrade() -> None:
    op.drop_table('mail_folder')
    op.drop_index('ix_message_missing', 'message')
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.drop_column(table, column.name)
