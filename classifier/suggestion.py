"""The answer of the judgement: what the sender probably is, how sure that is, and why."""

from dataclasses import dataclass

from models.terms import Category, Step

# Below this confidence a suggestion is shown as unsure and never part of a bulk proposal (S4.46, S4.63).
UNSURE = 0.8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One answer about one message.

    `category` is None when nothing is sure enough; `confidence` (0 to 1) is then the probability of the best guess.
    `explicit` says that a rule which a person made answered, so the category may stand without a person looking.
    `system` marks bounces and automatic replies: they never start, stop or reopen a clock, whatever the category is.
    `reason` is one German sentence for people. `company_id` and `person_id` name the party that the key belongs to.
    `least` is the confidence from which this class may be suggested at all: the model's threshold of the class, 0 for
    rules. `rule` is the number of the rule that answered, where a person wrote one.
    """

    category: Category | None
    confidence: float
    step: Step
    reason: str
    explicit: bool
    system: bool
    company_id: int | None = None
    person_id: int | None = None
    least: float = 0.0
    rule: int | None = None

    @property
    def sure(self) -> bool:
        """Whether it may be part of a bulk proposal: above the threshold of its class and above UNSURE."""
        return self.category is not None and self.confidence >= max(self.least, UNSURE)
