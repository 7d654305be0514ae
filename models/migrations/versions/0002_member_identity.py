"""by what a directory knows a member."""

from alembic import op
import sqlalchemy as sa


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('member_identity',
    sa.Column('issuer', sa.String(), nullable=False),
    sa.Column('lasting_id', sa.String(), nullable=False),
    sa.Column('member_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_member_identity_member_id_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('issuer', 'lasting_id', name=op.f('pk_member_identity')),
    info={'about': 'Mitglied'}
    )
    with op.batch_alter_table('member_identity', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_member_identity_member_id'), ['member_id'], unique=False)


def downgrade() -> None:
    op.drop_table('member_identity')
