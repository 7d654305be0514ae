"""rules of people, fitted models, blind questions and daily figures of the classifier; keys that are switched off."""

from alembic import op
import sqlalchemy as sa


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def _number(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, _ID, nullable=null)


def _text(name: str, *, null: bool = False, term: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=40) if term else sa.String(), nullable=null)


def _instant(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _link(table: str, column: str, parent: str, *, with_parent: bool = False) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f'{parent}.id'], name=op.f(f'fk_{table}_{column}'), ondelete='CASCADE' if with_parent else None
    )


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f'pk_{table}'))


def upgrade() -> None:
    op.add_column('sender_key', sa.Column('off_at', sa.BigInteger(), nullable=True))
    op.add_column('sender_key', sa.Column('root', sa.String(), nullable=False, server_default=''))
    op.add_column('sender_key', sa.Column('under_domain', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index('ix_sender_key_root', 'sender_key', ['root'])
    op.create_table(
        'rule', _number('id'), _number('position'), _text('name'), sa.Column('active', sa.Boolean(), nullable=False),
        _text('scope', term=True), _text('value'), sa.Column('listed', sa.Boolean(), nullable=True),
        _text('channel', null=True, term=True), _number('account_id', null=True), _text('category', term=True),
        _number('company_id', null=True), _number('person_id', null=True), _number('member_id', null=True),
        _instant('created_at'), _instant('changed_at'), _number('hits'), _instant('last_hit_at', null=True),
        _link('rule', 'account_id', 'account', with_parent=True), _link('rule', 'company_id', 'company'),
        _link('rule', 'person_id', 'person'), _link('rule', 'member_id', 'member'), _key('rule', 'id'),
        info={'about': 'Absender'},
    )
    op.create_index('ix_rule_account_id', 'rule', ['account_id'])
    op.create_table(
        'model_version', _number('id'), _instant('made_at'), _text('state', term=True), _text('sha256'),
        sa.Column('packed', sa.LargeBinary(), nullable=True), _number('examples'), _number('seen'),
        sa.Column('verdict', sa.JSON(), nullable=False), _instant('activated_at', null=True),
        _number('member_id', null=True), _link('model_version', 'member_id', 'member'),
        _key('model_version', 'id'), info={'about': 'Firma'},
    )
    op.create_index('ix_model_version_made_at', 'model_version', ['made_at'])
    op.create_table(
        'recheck', _number('id'), _number('conversation_id'),
        sa.Column('message_id', sa.LargeBinary(length=16), nullable=False), _instant('asked_at'),
        _text('category', term=True), _text('step', term=True), _text('answer', null=True, term=True),
        _number('member_id', null=True), _instant('answered_at', null=True),
        _link('recheck', 'conversation_id', 'conversation', with_parent=True),
        _link('recheck', 'message_id', 'message', with_parent=True), _link('recheck', 'member_id', 'member'),
        _key('recheck', 'id'), sa.UniqueConstraint('message_id', name=op.f('uq_recheck_message_id')),
        info={'about': 'Absender'},
    )
    op.create_index('ix_recheck_conversation_id', 'recheck', ['conversation_id'])
    op.create_index('ix_recheck_open', 'recheck', ['answered_at', 'conversation_id'])
    op.create_table(
        'observation', _text('day'), _text('name'), sa.Column('value', sa.JSON(), nullable=False),
        _key('observation', 'day', 'name'), info={'about': 'niemand'},
    )


def downgrade() -> None:
    for table in ('observation', 'recheck', 'model_version', 'rule'):
        op.drop_table(table)
    op.drop_index('ix_sender_key_root', 'sender_key')
    for column in ('under_domain', 'root', 'off_at'):
        op.drop_column('sender_key', column)
