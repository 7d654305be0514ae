"""A record that is not stored gets the same answer and window as a stored one would."""

from pathlib import Path

from models.terms import CalendarKind, Category, KeyScope
from service.actions import suggest
from service.store import keys
from service.turn import Turn
from tests.conftest import NOW
from tests.factories import answer, chat, mail


def test_an_unknown_sender_has_the_window_of_its_channel(turn: Turn) -> None:
    by_mail = suggest.suggest(turn, mail(at=NOW))
    by_chat = suggest.suggest(turn, chat(at=NOW))

    assert by_mail.window is not None
    assert by_chat.window is not None
    assert (by_mail.window.kind, by_chat.window.kind) == (CalendarKind.WERKTAGE, CalendarKind.OEFFNUNG)
    assert by_mail.due_at is not None
    assert by_mail.due_at > NOW


def test_an_explicit_class_that_awaits_no_reply_takes_the_window_away(turn: Turn) -> None:
    keys.teach(turn, KeyScope.ADRESSE, "erika@kunde.example", Category.WERBUNG, {})

    advice = suggest.suggest(turn, mail(at=NOW))

    assert (advice.suggestion.category, advice.window, advice.due_at) == (Category.WERBUNG, None, None)


def test_our_own_messages_automatic_ones_and_reactions_have_no_window(turn: Turn) -> None:
    records = (answer(at=NOW), mail(at=NOW, automated=True), chat(at=NOW, kind="reaction", opens_clock=False))

    assert [suggest.suggest(turn, record).window for record in records] == [None, None, None]


def test_a_model_that_cannot_be_used_leaves_the_rules_alone(tmp_path: Path) -> None:
    broken = tmp_path / "model.npz"
    broken.write_bytes(b"kein Modell")

    assert suggest.learned(broken) is None


def test_a_model_is_read_once_and_again_when_the_file_is_a_new_one(tmp_path: Path) -> None:
    own = tmp_path / "model.npz"
    shipped = suggest.learned(own)
    own.write_bytes(b"kein Modell")

    assert suggest.learned(tmp_path / "fehlt.npz") is shipped
    assert suggest.learned(own) is None
