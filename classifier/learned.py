"""A fitted model at work: numpy alone, no scikit-learn, nothing executable."""

from dataclasses import dataclass

from models.record import MessageRecord
from models.terms import Category


@dataclass(frozen=True, slots=True)
class Guess:
    """What the model thinks: the likeliest of its classes by name, its calibrated probability, and whether that is
    above the class's threshold. `category` is the house's word for it, None where the house has none.
    """

    best: str
    confidence: float
    sure: bool
    category: Category | None
    hints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Learned:
    """A fitted model; made by `classifier.artifact`."""

    def judge(self, record: MessageRecord) -> Guess:
        """Return the model's guess about one record."""
        raise NotImplementedError
