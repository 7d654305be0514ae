"""what we send over WhatsApp: templates, sendings without their words, and who wants none."""

from alembic import op
import sqlalchemy as sa


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_UNDER_WAY = sa.text("state = 'wird gesendet'")


def _number(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, _ID, nullable=null)


def _text(name: str, *, term: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=40) if term else sa.String(), nullable=False)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _instant(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _link(table: str, column: str, parent: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f'{parent}.id'], name=op.f(f'fk_{table}_{column}'), ondelete=ondelete
    )


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{table}'))


def upgrade() -> None:
    op.create_table(
        'template', _number('id'), _text('name'), _text('language'), _text('title'), _text('purpose'),
        _text('wording'), sa.Column('variables', sa.JSON(), nullable=False), _text('category'),
        _text('state', term=True), _text('meta_id'), _text('quality'), _text('reason'), _flag('holding'),
        _flag('answers'), _instant('submitted_at', null=True), _instant('synced_at', null=True),
        _instant('changed_at'), _number('member_id', null=True), _number('version'),
        _link('template', 'member_id', 'member'), _key('template'),
        sa.UniqueConstraint('name', 'language', name=op.f('uq_template_name_language')),
        info={'about': 'Firma'},
    )
    op.create_index('ix_template_meta_id', 'template', ['meta_id'])
    op.create_table(
        'sending', _number('id'), _text('key'), _number('account_id'), _number('conversation_id'),
        _number('member_id', null=True), _text('kind', term=True), _number('template_id', null=True),
        _text('state', term=True), _number('tries'), _instant('created_at'), _instant('tried_at'),
        _instant('accepted_at', null=True), _instant('retry_at', null=True), _number('error_number', null=True),
        _text('source_id'), sa.Column('message_id', sa.LargeBinary(length=16), nullable=True),
        _link('sending', 'account_id', 'account', 'CASCADE'),
        _link('sending', 'conversation_id', 'conversation', 'CASCADE'), _link('sending', 'member_id', 'member'),
        _link('sending', 'template_id', 'template'), _link('sending', 'message_id', 'message', 'SET NULL'),
        _key('sending'), sa.UniqueConstraint('key', name=op.f('uq_sending_key')), info={'about': 'Empfänger'},
    )
    op.create_index(
        'ix_sending_under_way', 'sending', ['conversation_id'], unique=True,
        sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY,
    )
    op.create_index('ix_sending_conversation', 'sending', ['conversation_id', 'created_at'])
    op.create_index('ix_sending_source', 'sending', ['account_id', 'source_id'])
    op.create_table(
        'opt_out', _number('id'), _number('chat_person_id'), _instant('at'), _flag('wanted'),
        _text('source', term=True), _number('member_id', null=True),
        _link('opt_out', 'chat_person_id', 'chat_person', 'CASCADE'), _link('opt_out', 'member_id', 'member'),
        _key('opt_out'),
        sa.UniqueConstraint('chat_person_id', 'at', 'wanted', name=op.f('uq_opt_out_chat_person_id_at_wanted')),
        info={'about': 'Absender'},
    )


def downgrade() -> None:
    for table in ('opt_out', 'sending', 'template'):
        op.drop_table(table)
