"""files made for somebody by the worker, and under which groups figures of a day may be shown."""

from alembic import op
import sqlalchemy as sa


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'export', sa.Column('id', _ID, nullable=False), sa.Column('member_id', _ID, nullable=False),
        sa.Column('wanted', sa.JSON(), nullable=False), sa.Column('format', sa.String(), nullable=False),
        sa.Column('role', sa.String(length=40), nullable=False),
        sa.Column('reach', sa.JSON(none_as_null=True), nullable=True),
        sa.Column('created_at', sa.BigInteger(), nullable=False), sa.Column('total', _ID, nullable=False),
        sa.Column('done', _ID, nullable=False), sa.Column('finished_at', sa.BigInteger(), nullable=True),
        sa.Column('expires_at', sa.BigInteger(), nullable=False), sa.Column('error', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_export_member_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_export')), info={'about': 'Mitglied'},
    )
    op.create_index('ix_export_member_id', 'export', ['member_id'])
    op.create_table(
        'export_part', sa.Column('export_id', _ID, nullable=False), sa.Column('position', _ID, nullable=False),
        sa.Column('data', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ['export_id'], ['export.id'], name=op.f('fk_export_part_export_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('export_id', 'position', name=op.f('pk_export_part')), info={'about': 'Absender'},
    )
    op.create_table(
        'figure_group', sa.Column('since', sa.String(), nullable=False), sa.Column('account_id', _ID, nullable=False),
        sa.Column('block', _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ['account_id'], ['account.id'], name=op.f('fk_figure_group_account_id'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('since', 'account_id', name=op.f('pk_figure_group')), info={'about': 'niemand'},
    )


def downgrade() -> None:
    op.drop_table('figure_group')
    op.drop_table('export_part')
    op.drop_index('ix_export_member_id', 'export')
    op.drop_table('export')
