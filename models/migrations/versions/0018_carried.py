"""a closing that merging two persons carried to another conversation, or kept from it."""

from alembic import op


revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NAME = op.f("fk_chat_move_closure_id")


def upgrade() -> None:
    # By hand: batch mode would rebuild the table. A closing that is erased takes with it what is remembered of its way.
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE chat_move ADD COLUMN closure_id {kind} CONSTRAINT {_NAME} REFERENCES closure (id) ON DELETE CASCADE"
    )
    op.create_index("ix_chat_move_closure_id", "chat_move", ["closure_id"])


def downgrade() -> None:
    op.drop_index("ix_chat_move_closure_id", "chat_move")
    with op.batch_alter_table("chat_move") as batch:
        batch.drop_constraint(_NAME, type_="foreignkey")
        batch.drop_column("closure_id")
