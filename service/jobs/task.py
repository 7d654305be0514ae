"""What a server says to the child that fits a model: lessons and reserved decisions, as JSON."""

import msgspec

from classifier.gate import Case, Lesson
from service.actions.train import Material


class Task(msgspec.Struct):
    """Everything the child needs: `present` is the path of the model in force, "" for the shipped one."""

    lessons: tuple[Lesson, ...]
    cases: tuple[Case, ...]
    present: str
    made_at: str


def pack(material: Material, present: str, made_at: str) -> bytes:
    """Return the input of the child."""
    return msgspec.json.encode(Task(material.lessons, material.cases, present, made_at))


def unpack(given: bytes) -> Task:
    """Return what `pack` gave out."""
    return msgspec.json.decode(given, type=Task)
