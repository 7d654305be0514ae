"""The answer of the judgement: what the sender probably is, how sure that is, and why."""

from dataclasses import dataclass

from models.terms import Category, Step


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One answer about one message.

    `category` is None when nothing is sure enough; `confidence` (0 to 1) is then the probability of the best guess.
    `explicit` says that a rule which a person made answered, so the category may stand without a person looking.
    `system` marks bounces and automatic replies: they never start, stop or reopen a clock, whatever the category is.
    `reason` is one German sentence for people. `company_id` and `person_id` name the party that the key belongs to.
    """

    category: Category | None
    confidence: float
    step: Step
    reason: str
    explicit: bool
    system: bool
    company_id: int | None = None
    person_id: int | None = None
