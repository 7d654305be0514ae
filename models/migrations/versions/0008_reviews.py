"""reviews, their samples, and months that are closed for good."""

from alembic import op
import sqlalchemy as sa


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_TABLES = ('month_figure', 'month_close', 'review_sample', 'review_step', 'review')


def _id(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, _ID, nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=null)


def _term(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length=40), nullable=null)


def _instant(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def _member(table: str, column: str = 'member_id') -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ['member.id'], name=op.f(f'fk_{table}_{column}'))


def _of_review(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ['review_id'], ['review.id'], name=op.f(f'fk_{table}_review_id'), ondelete='CASCADE'
    )


def upgrade() -> None:
    op.create_table(
        'review', _id('id'), _term('kind'), _text('period'), _text('dedup'), _id('member_id', null=True),
        _instant('started_at'), _id('started_by_id', null=True), _instant('closed_at', null=True),
        _id('closed_by_id', null=True), _text('seed'), _id('population'),
        sa.Column('sample', sa.Boolean(), nullable=False),
        _member('review'), _member('review', 'started_by_id'), _member('review', 'closed_by_id'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_review')),
        sa.UniqueConstraint('dedup', name=op.f('uq_review_dedup')),
        info={'about': 'Mitglied'},
    )
    op.create_index('ix_review_kind', 'review', ['kind', 'period'])
    op.create_table(
        'review_step', _id('review_id'), _text('step'), _instant('at'), _id('member_id', null=True),
        _of_review('review_step'), _member('review_step'),
        sa.PrimaryKeyConstraint('review_id', 'step', name=op.f('pk_review_step')),
        info={'about': 'Mitglied'},
    )
    op.create_table(
        'review_sample', _id('review_id'), _id('position'),
        sa.Column('message_id', sa.LargeBinary(length=16), nullable=True),
        _term('category'), _term('origin', null=True), sa.Column('class_right', sa.Boolean(), nullable=True),
        _term('party_right', null=True), _instant('judged_at', null=True), _id('member_id', null=True),
        _of_review('review_sample'), _member('review_sample'),
        sa.ForeignKeyConstraint(
            ['message_id'], ['message.id'], name=op.f('fk_review_sample_message_id'), ondelete='SET NULL'
        ),
        sa.PrimaryKeyConstraint('review_id', 'position', name=op.f('pk_review_sample')),
        sa.UniqueConstraint('review_id', 'message_id', name=op.f('uq_review_sample_review_id_message_id')),
        info={'about': 'Absender'},
    )
    op.create_index('ix_review_sample_message_id', 'review_sample', ['message_id'])
    op.create_table(
        'month_close', _text('month'), _id('review_id', null=True), _instant('closed_at'),
        _id('member_id', null=True), _id('calendar_version'), _id('figures'),
        sa.Column('sample', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['review_id'], ['review.id'], name=op.f('fk_month_close_review_id')),
        _member('month_close'),
        sa.PrimaryKeyConstraint('month', name=op.f('pk_month_close')),
        info={'about': 'Firma'},
    )
    op.create_index('ix_month_close_review_id', 'month_close', ['review_id'])
    op.create_table(
        'month_figure', _text('month'), _text('section'), _text('key'), _id('position'), _text('label'),
        sa.Column('value', sa.Double(), nullable=True), _text('unit'), sa.Column('target', sa.Double(), nullable=True),
        _text('state'), sa.Column('facts', sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint('month', 'section', 'key', name=op.f('pk_month_figure')),
        info={'about': 'niemand'},
    )
    op.create_index('ix_decision_at', 'decision', ['at'])
    if op.get_bind().dialect.name == 'postgresql':
        op.execute(_REFUSE)
    for guard in _GUARDS:
        _forbid(*guard)


# What is closed stays as it was, whoever asks: the verbs refuse first, these triggers refuse everybody else. Only what
# was reported about the invented firm may go, together with it. A message that is erased leaves its verdict behind.
_CLOSED = "EXISTS (SELECT 1 FROM review r WHERE r.id = {0}.review_id AND r.closed_at IS NOT NULL AND NOT r.sample)"
_MONTH = "EXISTS (SELECT 1 FROM month_close c WHERE c.month = {0}.month{1})"
_VERDICT = 'position, review_id, category, origin, class_right, party_right, judged_at, member_id'
_GUARDS = (
    ('review', 'UPDATE', 'OLD.closed_at IS NOT NULL'),
    ('review', 'DELETE', "OLD.closed_at IS NOT NULL AND NOT OLD.sample AND OLD.kind = 'Monatsreview'"),
    ('review_step', 'INSERT', _CLOSED.format('NEW')),
    ('review_step', 'UPDATE', _CLOSED.format('OLD')),
    ('review_step', 'DELETE', _CLOSED.format('OLD')),
    ('review_sample', 'INSERT', _CLOSED.format('NEW')),
    ('review_sample', f'UPDATE OF {_VERDICT}', _CLOSED.format('OLD')),
    ('review_sample', 'DELETE', _CLOSED.format('OLD')),
    ('month_close', 'UPDATE', ''),
    ('month_close', 'DELETE', 'NOT OLD.sample'),
    ('month_figure', 'INSERT', _MONTH.format('NEW', '')),
    ('month_figure', 'UPDATE', ''),
    ('month_figure', 'DELETE', _MONTH.format('OLD', ' AND NOT c.sample')),
)
_REFUSE = """
CREATE FUNCTION refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'closed' USING ERRCODE = 'check_violation'; END $$
"""


def _forbid(table: str, event: str, when: str) -> None:
    """Refuse `event` on `table` where `when` holds ("" = always)."""
    name = f"{table}_stays_{event.split()[0].lower()}"
    if op.get_bind().dialect.name == 'postgresql':
        # A condition of a PostgreSQL trigger cannot look into other tables; its function can.
        if 'EXISTS' not in when:
            condition = f'WHEN ({when})' if when else ''
            op.execute(f'CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {condition} '
                       'EXECUTE FUNCTION refuse_closed()')
            return
        op.execute(f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {when} THEN RAISE EXCEPTION 'closed' USING ERRCODE = 'check_violation'; END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$
""")
        op.execute(f'CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()')
        return
    condition = f'WHEN {when}' if when else ''
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {condition} "
               "BEGIN SELECT RAISE(ABORT, 'closed'); END")


def downgrade() -> None:
    op.drop_index('ix_decision_at', 'decision')
    for table in _TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == 'postgresql':
        for table, event, when in _GUARDS:
            if 'EXISTS' in when:
                op.execute(f"DROP FUNCTION {table}_stays_{event.split()[0].lower()}()")
        op.execute('DROP FUNCTION refuse_closed()')
