"""indexes of what has no class answer the figures alone, without the rows."""

from alembic import op
import sqlalchemy as sa


revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

_CONVERSATIONS = ['last_at', 'last_inbound_at', 'account_id', 'channel', 'category', 'state', 'unclassified', 'several']
_OPEN = sa.text('unclassified > 0')
_MESSAGES = ['received_at']
_WITHOUT = sa.text("category IS NULL AND direction = 'Eingang'")


def upgrade() -> None:
    _conversations([*_CONVERSATIONS, 'due_at', 'waiting_since'])
    _messages([*_MESSAGES, 'removed_at', 'conversation_id', 'account_id', 'channel'])


def downgrade() -> None:
    _conversations(_CONVERSATIONS)
    _messages(_MESSAGES)


def _conversations(columns: list[str]) -> None:
    op.drop_index('ix_conversation_unclassified', 'conversation')
    op.create_index(
        'ix_conversation_unclassified', 'conversation', columns, sqlite_where=_OPEN, postgresql_where=_OPEN
    )


def _messages(columns: list[str]) -> None:
    op.drop_index('ix_message_unclassified', 'message')
    op.create_index('ix_message_unclassified', 'message', columns, sqlite_where=_WITHOUT, postgresql_where=_WITHOUT)
