"""which conversations a person wants seen to before others."""

from alembic import op
import sqlalchemy as sa


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('conversation', sa.Column('raised_at', sa.BigInteger(), nullable=True))
    op.create_index(
        'ix_conversation_raised', 'conversation', ['raised_at'],
        sqlite_where=sa.text('raised_at IS NOT NULL'), postgresql_where=sa.text('raised_at IS NOT NULL'),
    )


def downgrade() -> None:
    op.drop_index('ix_conversation_raised', 'conversation')
    op.drop_column('conversation', 'raised_at')
