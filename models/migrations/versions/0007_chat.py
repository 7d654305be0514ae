"""what WhatsApp tells beside messages: delivery, calls, who is who, gaps."""

from alembic import op
import sqlalchemy as sa


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _number(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, _ID, nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=null)


def _instant(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _parent(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f'{parent}.id'], name=op.f(f'fk_{table}_{column}'), ondelete='CASCADE'
    )


def _key(table: str, column: str = 'id') -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=op.f(f'pk_{table}'))


def upgrade() -> None:
    op.create_table(
        'message_status', _number('id'), _number('account_id'), _text('source_id'), _text('recipient'), _text('status'),
        _instant('at'), _text('error_code'), sa.Column('message_id', sa.LargeBinary(length=16), nullable=True),
        _parent('message_status', 'account_id', 'account'), _parent('message_status', 'message_id', 'message'),
        _key('message_status'),
        sa.UniqueConstraint(
            'account_id', 'source_id', 'recipient', 'status',
            name=op.f('uq_message_status_account_id_source_id_recipient_status'),
        ),
        info={'about': 'Empfänger'},
    )
    op.create_index('ix_message_status_message', 'message_status', ['message_id'])
    op.create_index('ix_message_status_at', 'message_status', ['account_id', 'at'])
    op.create_table(
        'chat_event', _number('id'), _number('account_id'), _text('source_id'), _text('kind'), _text('thread'),
        _text('peer'), _instant('at'), _parent('chat_event', 'account_id', 'account'), _key('chat_event'),
        sa.UniqueConstraint('account_id', 'source_id', 'kind', name=op.f('uq_chat_event_account_id_source_id_kind')),
        info={'about': 'Absender'},
    )
    op.create_index('ix_chat_event_thread', 'chat_event', ['thread'])
    _people()
    op.create_table(
        'chat_watch', _number('account_id'), _instant('signed_at', null=True), _instant('watched_at', null=True),
        _parent('chat_watch', 'account_id', 'account'), _key('chat_watch', 'account_id'), info={'about': 'Firma'},
    )
    op.create_table(
        'gap', _number('id'), _number('account_id'), _text('cause'), _instant('from_at'),
        _instant('until_at', null=True), _number('pieces'), _parent('gap', 'account_id', 'account'), _key('gap'),
        sa.UniqueConstraint('account_id', 'cause', 'from_at', name=op.f('uq_gap_account_id_cause_from_at')),
        info={'about': 'Firma'},
    )


def _people() -> None:
    op.create_table(
        'chat_person', _number('id'), _text('portfolio'), _text('user_id', null=True), _text('number', null=True),
        _text('thread'), _instant('changed_at', null=True),
        _key('chat_person'),
        sa.UniqueConstraint('portfolio', 'user_id', name=op.f('uq_chat_person_portfolio_user_id')),
        sa.UniqueConstraint('portfolio', 'number', name=op.f('uq_chat_person_portfolio_number')),
        info={'about': 'Absender'},
    )
    op.create_table(
        'chat_name', _number('id'), _text('portfolio'), _text('value'), _number('chat_person_id'),
        _instant('left_at', null=True), _parent('chat_name', 'chat_person_id', 'chat_person'), _key('chat_name'),
        sa.UniqueConstraint('portfolio', 'value', name=op.f('uq_chat_name_portfolio_value')),
        info={'about': 'Absender'},
    )
    op.create_index('ix_chat_name_chat_person_id', 'chat_name', ['chat_person_id'])
    op.create_table(
        'chat_twin', _number('id'), _number('first_id'), _number('second_id'), _instant('found_at'),
        sa.Column('same', sa.Boolean(), nullable=True), _parent('chat_twin', 'first_id', 'chat_person'),
        _parent('chat_twin', 'second_id', 'chat_person'), _key('chat_twin'),
        sa.UniqueConstraint('first_id', 'second_id', name=op.f('uq_chat_twin_first_id_second_id')),
        info={'about': 'Absender'},
    )
    op.create_index('ix_chat_twin_first_id', 'chat_twin', ['first_id'])
    op.create_index('ix_chat_twin_second_id', 'chat_twin', ['second_id'])


def downgrade() -> None:
    for table in ('gap', 'chat_watch', 'chat_twin', 'chat_name', 'chat_person', 'chat_event', 'message_status'):
        op.drop_table(table)
