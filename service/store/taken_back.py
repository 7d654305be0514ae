"""Which decisions were taken back: no figure, list or recount counts them."""

from sqlalchemy import ColumnElement, exists, literal_column
from sqlalchemy.orm import aliased

from models.decision import Decision
from models.terms import Origin


def condition() -> ColumnElement[bool]:
    """Return the condition that a decision was taken back, looked up by its message: an act may have thousands."""
    back = aliased(Decision)
    return exists().where(
        back.message_id == Decision.message_id,
        back.confirmation_id.concat(literal_column("''")) == Decision.confirmation_id,
        back.origin == Origin.RUECKNAHME,
    )
