"""What can go wrong in the judgement.

ClassifierError
├─ ArtifactUnusable   the model file is missing or damaged: rules alone, tell the admin
│  └─ ArtifactOutdated   it belongs to another version of the program: the shipped model answers
└─ TooFewExamples     too little is confirmed to learn from: the present model stays
"""

from models.errors import PostlotseError


class ClassifierError(PostlotseError):
    """Anything that the classifier refuses on purpose; a record is never among it."""

    code = "PL-3000"


class ArtifactUnusable(ClassifierError):
    """The model file cannot be trusted or understood; the rules go on without it."""

    code = "PL-3001"


class ArtifactOutdated(ArtifactUnusable):
    """The model file is of another version of the program; the shipped model answers until a new one is learned."""


class TooFewExamples(ClassifierError):
    """There are not enough confirmed senders of at least two classes to learn from."""

    code = "PL-3002"
