"""teams, deputies, absences, responsible members, notices, and who has which row open."""

from alembic import op
import sqlalchemy as sa


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
# Added columns that point at a member: SQLite adds them in place only when the reference stands in the same line.
_OWNED = (
    ('conversation', 'assignee_id'),
    ('conversation', 'assigned_by_id'),
    ('company', 'owner_id'),
    ('person', 'owner_id'),
    ('service_token', 'created_by_id'),
)


def _point_at_member(table: str, column: str) -> None:
    kind = 'INTEGER' if op.get_bind().dialect.name == 'sqlite' else 'BIGINT'
    name = f'fk_{table}_{column}'
    op.execute(f'ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT {name} REFERENCES member (id)')


def _add(table: str, *columns: sa.Column) -> None:
    for column in columns:
        op.add_column(table, column)


def upgrade() -> None:
    for table, column in _OWNED:
        _point_at_member(table, column)
    _add('conversation', sa.Column('assignee_due_at', sa.BigInteger()), sa.Column('assigned_at', sa.BigInteger()))
    _add(
        'member',
        sa.Column('address', sa.String(), nullable=False, server_default=''),
        sa.Column('zone', sa.String(), nullable=False, server_default=''),
        sa.Column('hours', sa.JSON(none_as_null=True)),
        sa.Column('delivery', sa.String(length=40), nullable=False, server_default='morgens'),
        sa.Column('invited_at', sa.BigInteger()),
        sa.Column('deactivated_at', sa.BigInteger()),
        sa.Column('version', _ID, nullable=False, server_default='1'),
    )
    _add('web_session', sa.Column('browser', sa.String(), nullable=False, server_default=''))
    _add('service_token', sa.Column('expires_at', sa.BigInteger()))
    for table in ('company', 'person'):
        op.create_index(f'ix_{table}_owner_id', table, ['owner_id'])
    op.create_index(
        'ix_conversation_assignee', 'conversation', ['assignee_id'],
        sqlite_where=sa.text('assignee_id IS NOT NULL'), postgresql_where=sa.text('assignee_id IS NOT NULL'),
    )
    op.create_table('team',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('sample', sa.Boolean(), nullable=False),
    sa.CheckConstraint("name <> ''", name=op.f('ck_team_named')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    sa.UniqueConstraint('name', name=op.f('uq_team_name')),
    info={'about': 'Firma'}
    )
    op.create_table('absence',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('from_at', sa.BigInteger(), nullable=False),
    sa.Column('until_at', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('entered_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.Column('handed_back_at', sa.BigInteger(), nullable=True),
    sa.CheckConstraint('until_at > from_at', name=op.f('ck_absence_ends_after_it_begins')),
    sa.ForeignKeyConstraint(['entered_by_id'], ['member.id'], name=op.f('fk_absence_entered_by_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_absence_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absence')),
    info={'about': 'Mitglied'}
    )
    op.create_index('ix_absence_member', 'absence', ['member_id', 'from_at'], unique=False)
    op.create_table('deputy',
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('deputy_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('member_id <> deputy_id', name=op.f('ck_deputy_somebody_else')),
    sa.ForeignKeyConstraint(['deputy_id'], ['member.id'], name=op.f('fk_deputy_deputy_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_deputy_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member_id', 'position', name=op.f('pk_deputy')),
    sa.UniqueConstraint('member_id', 'deputy_id', name=op.f('uq_deputy_member_id_deputy_id')),
    info={'about': 'Mitglied'}
    )
    op.create_index(op.f('ix_deputy_deputy_id'), 'deputy', ['deputy_id'], unique=False)
    op.create_table('member_account',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_member_account_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_member_account_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'member_id', name=op.f('pk_member_account')),
    info={'about': 'Mitglied'}
    )
    op.create_table('team_account',
    sa.Column('team_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_team_account_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_team_account_team_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('team_id', 'account_id', name=op.f('pk_team_account')),
    info={'about': 'Firma'}
    )
    op.create_index(op.f('ix_team_account_account_id'), 'team_account', ['account_id'], unique=False)
    op.create_table('team_member',
    sa.Column('team_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('leads', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_team_member_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_team_member_team_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('team_id', 'member_id', name=op.f('pk_team_member')),
    info={'about': 'Mitglied'}
    )
    op.create_index(op.f('ix_team_member_member_id'), 'team_member', ['member_id'], unique=False)
    op.create_table('deputy_grant',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('absence_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('deputy_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('from_at', sa.BigInteger(), nullable=False),
    sa.Column('until_at', sa.BigInteger(), nullable=False),
    sa.Column('ended_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['absence_id'], ['absence.id'], name=op.f('fk_deputy_grant_absence_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['deputy_id'], ['member.id'], name=op.f('fk_deputy_grant_deputy_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_deputy_grant_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deputy_grant')),
    info={'about': 'Mitglied'}
    )
    op.create_index(op.f('ix_deputy_grant_absence_id'), 'deputy_grant', ['absence_id'], unique=False)
    op.create_index('ix_deputy_grant_deputy', 'deputy_grant', ['deputy_id', 'until_at'], unique=False)
    op.create_table('notice',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('dedup', sa.String(), nullable=False),
    sa.Column('conversation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('about_member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('absence_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('amount', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['about_member_id'], ['member.id'], name=op.f('fk_notice_about_member_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['absence_id'], ['absence.id'], name=op.f('fk_notice_absence_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_notice_conversation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_notice_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('dedup', name=op.f('uq_notice_dedup')),
    info={'about': 'Mitglied'}
    )
    op.create_index('ix_notice_unseen', 'notice', ['member_id'], unique=False, sqlite_where=sa.text('seen_at IS NULL'), postgresql_where=sa.text('seen_at IS NULL'))
    op.create_table('presence',
    sa.Column('conversation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seen_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_presence_conversation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_presence_member_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('conversation_id', 'member_id', name=op.f('pk_presence')),
    info={'about': 'Mitglied'}
    )


def downgrade() -> None:
    for table in ('presence', 'notice', 'deputy_grant', 'absence', 'deputy', 'team_member', 'team_account', 'team', 'member_account'):
        op.drop_table(table)
    op.drop_index('ix_conversation_assignee', 'conversation')
    for table in ('company', 'person'):
        op.drop_index(f'ix_{table}_owner_id', table)
    added = {
        'member': ('address', 'zone', 'hours', 'delivery', 'invited_at', 'deactivated_at', 'version'),
        'web_session': ('browser',),
        'service_token': ('expires_at', 'created_by_id'),
        'conversation': ('assignee_id', 'assigned_by_id', 'assignee_due_at', 'assigned_at'),
        'company': ('owner_id',),
        'person': ('owner_id',),
    }
    for table, columns in added.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
