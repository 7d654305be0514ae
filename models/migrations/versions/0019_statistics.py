"""PostgreSQL knows that what has no class is nearly always outbound, and so how few inbound messages have none."""

from alembic import op


revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('CREATE STATISTICS st_message_class (mcv) ON category, direction FROM message')
        op.execute('ANALYZE message')


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP STATISTICS st_message_class')
