"""What happens when no rule knows the sender."""

from dataclasses import replace

import numpy as np
import pytest

from classifier.book import EMPTY
from classifier.classify import PARTNER_CEILING, classify, judge, judge_all
from classifier.flags import FAINT, WORDS
from classifier.learned import Guess, _strongest
from classifier.suggestion import Suggestion
from classifier.trees import Trees
from models.record import HeaderFlags, MessageRecord
from models.terms import Category, Step
from tests.classifier.books import FAILED, book
from tests.classifier.strangers import examples, model
from tests.factories import chat, mail

NEWS = HeaderFlags(list_id="news.moor-verlag.de", list_unsubscribe=True, precedence="bulk")
PLAIN = HeaderFlags(message_id_domain="moor-bau.de", return_path_domain="moor-bau.de", in_reply_to=True)


def test_the_model_suggests_what_it_is_sure_of_and_says_why() -> None:
    answer = classify(mail("newsletter@moor-verlag.de", sender_name="Verlag", flags=NEWS), book(), model())

    assert (answer.category, answer.step) == (Category.NEWSLETTER, Step.MODELL)
    assert not answer.explicit
    assert "vorhanden" in answer.reason or "Massensendung" in answer.reason


@pytest.mark.parametrize(("letters", "category"), [(1, Category.NEWSLETTER), (2, None)])
def test_whom_the_firm_writes_to_is_no_newsletter_whatever_it_looks_like(
    letters: int, category: Category | None
) -> None:
    sender = "newsletter@moor-verlag.de"
    known = book(written_to={sender: letters, "moor-verlag.de": 40})

    answer = classify(mail(sender, sender_name="Verlag", flags=NEWS), known, model())

    assert answer.category is category
    if category is None:
        assert answer.reason == "Sieht nach Newsletter aus, aber Ihr Team schrieb 2x an diese Adresse"


def test_a_business_partner_is_a_question_never_an_answer() -> None:
    answer = classify(mail("bernd.muster@moor-bau.de", sender_name="Bernd Muster", flags=PLAIN), book(), model())

    assert answer.category is Category.KUNDE
    assert answer.confidence <= PARTNER_CEILING
    assert not answer.explicit
    assert answer.reason.startswith("Sieht nach Geschäftspartner aus; ")
    assert "Antwort auf eine frühere Nachricht" in answer.reason
    assert answer.reason.endswith("; bitte Kunde oder Lieferant wählen")


def test_a_model_that_is_not_sure_abstains_and_says_how_sure_it_was() -> None:
    doubtful = replace(model(), thresholds=(1.01, 1.01, 1.01))

    answer = classify(mail("newsletter@moor-verlag.de", sender_name="Verlag", flags=NEWS), book(), doubtful)

    assert (answer.category, answer.step) == (None, Step.KEINER)
    assert answer.reason == "Unsicher: kein Hinweis stark genug, am ehesten Newsletter"


def _saying(trees: Trees, base: tuple[float, ...]) -> Trees:
    """Return trees that say the same of everybody."""
    one, other = trees.rivals
    told = np.array([*base, base[one] - base[other]], dtype=np.float32)
    return replace(trees, leaves=trees.leaves * 0, base=told)


def test_a_class_without_a_told_flag_still_has_a_reason() -> None:
    mute = replace(
        model(),
        weights=model().weights * 0,
        bias=model().bias * 0,
        trees=_saying(model().trees, (0, 9, 0)),
        thresholds=(0.5, 0.5, 0.5),
    )

    answer = classify(mail("newsletter@moor-verlag.de", flags=NEWS), book(), mute)

    built = "Domain und Name sind gebaut wie bei Newsletter-Absendern"
    assert answer.reason == f"Kein einzelnes Merkmal gibt den Ausschlag; {built}"


def test_where_no_strong_flag_speaks_the_strongest_faint_ones_are_named_and_every_flag_has_words() -> None:
    present = (12, 17, 20, 24, 43)
    spoke = np.zeros(len(present) + len(present) * (len(present) - 1) // 2, dtype=np.float32)
    spoke[: len(present)] = (1.0, -1.0, 3.0, 2.0, 0.5)

    told = _strongest(present, spoke)

    assert told == ("Mailprogramm angegeben", "reine Textnachricht", "Antwort auf eine frühere Nachricht")
    assert all(words or FAINT[flag] for flag, words in enumerate(WORDS))


def test_failed_authentication_is_at_best_suggested_as_advertising() -> None:
    failed_news = replace(NEWS, auth_dmarc="fail")

    answer = classify(mail("newsletter@moor-verlag.de", sender_name="Verlag", flags=failed_news), book(), model())

    assert answer.category is None
    assert answer.reason == "Beglaubigung der Absenderdomain nicht bestanden"


def test_advertising_with_failed_authentication_stays_advertising() -> None:
    flags = replace(FAILED, reply_to_domain="sammelbox.net", content_type="text/html")

    answer = classify(mail("gewinn7@moor-billig.biz", sender_name="GEWINN!!", flags=flags), book(), model())

    assert answer.category is Category.WERBUNG


def test_an_unknown_robot_is_not_judged_by_the_model() -> None:
    answer = classify(mail("mailer-daemon@moor-bau.de", flags=PLAIN), book(), model())

    assert answer.category is None
    assert answer.system
    assert answer.reason == "Automatische Nachricht eines unbekannten Absenders"


def test_whatsapp_is_not_judged_by_the_model() -> None:
    assert classify(chat(), book(), model()).reason == "Neue Nummer"


@pytest.mark.parametrize("sender", ["", "kein absender", "@", "a@"])
def test_a_mail_without_readable_sender_is_an_abstention(sender: str) -> None:
    assert classify(mail(sender), book(), model()).reason == "Kein lesbarer Absender"


def test_the_same_sender_gets_the_same_class_whatever_else_the_mail_is() -> None:
    one = mail("newsletter@moor-verlag.de", sender_name="Verlag", flags=NEWS)
    other = replace(
        one, source_id="x", thread="y", has_attachments=True, important=True, folder="archive", is_read=True
    )

    assert classify(one, book(), model()) == classify(other, book(), model())


@pytest.mark.parametrize(
    ("category", "confidence", "least", "sure"),
    [(Category.WERBUNG, 0.9, 0.85, True), (Category.WERBUNG, 0.9, 0.95, False), (Category.WERBUNG, 0.7, 0.0, False)],
)
def test_a_suggestion_is_sure_above_the_threshold_of_its_class_and_of_all(
    category: Category, confidence: float, least: float, sure: bool
) -> None:
    answer = Suggestion(category, confidence, Step.MODELL, "", explicit=False, system=False, least=least)

    assert answer.sure is sure


def test_an_abstention_is_never_sure() -> None:
    assert not Suggestion(None, 0.99, Step.KEINER, "", explicit=False, system=False).sure


def test_what_the_model_suggests_reaches_the_threshold_of_its_class() -> None:
    learned = model()
    answers = [classify(each.record, EMPTY, learned) for each in examples()]
    suggested = [each for each in answers if each.step is Step.MODELL]

    assert suggested
    assert all(each.confidence >= each.least or each.category is Category.KUNDE for each in suggested)
    assert not any(each.sure for each in suggested if each.category is Category.KUNDE)


def test_what_was_judged_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.learned._REMEMBERED", 2)
    learned = replace(model())
    records = [mail(f"a@fremd{at}.de") for at in range(4)]

    first = [learned.judge(each) for each in records]

    assert [learned.judge(each) for each in records] == first
    assert len(learned._judged) <= 2


def test_reasons_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.learned._REMEMBERED", 1)
    learned = replace(model(), thresholds=(0.0, 0.0, 0.0))

    hints = [learned.judge(each.record).hints for each in examples()[:6]]

    assert hints == [replace(learned).judge(each.record).hints for each in examples()[:6]]
    assert len(learned._told) == 1


def test_many_at_once_are_judged_as_one_by_one() -> None:
    records = [*(each.record for each in examples()[:30]), mail("a@muster.de"), mail("x@gmx.de"), chat("4915112345678")]
    known = book(own_domains={"muster.de"}, written_to={"gmx.de": 3, "x@gmx.de": 3})

    together = judge_all(records, known, replace(model()))
    alone = [judge(each, known, replace(model())) for each in records]

    for one, other in zip(together, alone, strict=True):
        assert replace(one.answer, confidence=0.0) == replace(other.answer, confidence=0.0)
        assert one.answer.confidence == pytest.approx(other.answer.confidence, abs=1e-5)
    assert judge_all([], known, model()) == []
    assert [each.answer for each in judge_all(records[:3], known, None)] == [
        judge(each, known, None).answer for each in records[:3]
    ]


def test_letters_of_ours_reach_the_model() -> None:
    asked: list[tuple[int, int]] = []

    class Listening:
        def judge(self, _record: MessageRecord, letters: tuple[int, int]) -> Guess:
            asked.append(letters)
            return model().judge(_record, letters)

    known = book(written_to={"fremd.de": 9, "a@fremd.de": 2, "b@gmx.de": 4, "gmx.de": 900})

    for sender in ("a@fremd.de", "b@gmx.de", ""):
        judge(mail(sender), known, Listening())  # type: ignore[arg-type]  # stands for a model

    assert asked == [(2, 9), (4, 4), (0, 0)]
