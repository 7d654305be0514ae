"""a closing that merging two persons carried to another conversation, or kept from it."""

from alembic import op
import sqlalchemy as sa


revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not bound to the closing: one that is erased may leave its number here, and `carried` looks whether it is there.
    kind = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.add_column('chat_move', sa.Column('closure_id', kind, nullable=True))


def downgrade() -> None:
    op.drop_column('chat_move', 'closure_id')
