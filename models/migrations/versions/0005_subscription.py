"""subscriptions to change notifications of mailboxes."""

from alembic import op
import sqlalchemy as sa


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('subscription',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('graph_id', sa.String(), nullable=True),
    sa.Column('client_state', sa.String(), nullable=False),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=True),
    sa.Column('renew_at', sa.BigInteger(), nullable=True),
    sa.Column('error', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_subscription_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_subscription')),
    sa.UniqueConstraint('graph_id', name=op.f('uq_subscription_graph_id')),
    info={'about': 'Firma'}
    )


def downgrade() -> None:
    op.drop_table('subscription')
