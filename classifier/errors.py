"""What can go wrong in the judgement.

ClassifierError
├─ ArtifactUnusable   the model file is missing, damaged or of another version: rules alone, tell the admin
└─ TooFewExamples     too little is confirmed to learn from: the present model stays
"""

from models.errors import PostlotseError


class ClassifierError(PostlotseError):
    """Anything that the classifier refuses on purpose; a record is never among it."""

    code = "PL-3000"


class ArtifactUnusable(ClassifierError):
    """The model file cannot be trusted or understood; the rules go on without it."""

    code = "PL-3001"


class TooFewExamples(ClassifierError):
    """There are not enough confirmed senders of at least two classes to learn from."""

    code = "PL-3002"
