"""conversations whose mail lies in several mailboxes; mailboxes whose right does not give header lines."""

from alembic import op
import sqlalchemy as sa


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('conversation', sa.Column('several', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('account', sa.Column('bare_since', sa.BigInteger(), nullable=True))
    op.execute(
        'UPDATE conversation SET several = true WHERE EXISTS (SELECT 1 FROM message '
        'WHERE message.conversation_id = conversation.id AND message.account_id <> conversation.account_id)'
    )


def downgrade() -> None:
    op.drop_column('account', 'bare_since')
    op.drop_column('conversation', 'several')
