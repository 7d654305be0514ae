"""what was told to everybody after a review, and who has read it when."""

from alembic import op
import sqlalchemy as sa


revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'team_note', sa.Column('id', _ID, nullable=False), sa.Column('review_id', _ID, nullable=False),
        sa.Column('at', sa.BigInteger(), nullable=False), sa.Column('member_id', _ID, nullable=True),
        sa.Column('words', sa.String(), nullable=False), sa.Column('rulebook', _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ['review_id'], ['review.id'], name=op.f('fk_team_note_review_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_team_note_member_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_team_note')), info={'about': 'Mitglied'},
    )
    op.create_index('ix_team_note_review_id', 'team_note', ['review_id'])
    op.create_table(
        'team_note_receipt', sa.Column('note_id', _ID, nullable=False), sa.Column('member_id', _ID, nullable=False),
        sa.Column('read_at', sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ['note_id'], ['team_note.id'], name=op.f('fk_team_note_receipt_note_id'), ondelete='CASCADE'
        ),
        sa.ForeignKeyConstraint(
            ['member_id'], ['member.id'], name=op.f('fk_team_note_receipt_member_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('note_id', 'member_id', name=op.f('pk_team_note_receipt')), info={'about': 'Mitglied'},
    )
    op.create_index('ix_team_note_receipt_member_id', 'team_note_receipt', ['member_id'])


def downgrade() -> None:
    op.drop_index('ix_team_note_receipt_member_id', 'team_note_receipt')
    op.drop_table('team_note_receipt')
    op.drop_index('ix_team_note_review_id', 'team_note')
    op.drop_table('team_note')
