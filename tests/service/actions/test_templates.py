"""Templates: drafts are checked before Meta sees them, states follow Meta, and what got lost is found again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.emulator.cloud import LOST, WABA, Wrong
from connectors.emulator.templates import Template as Remote
from connectors.errors import ConnectorError, Declined
from models.duty import Notice
from models.job import Job
from models.sending import Template
from models.terms import NoticeKind, Role, TemplateState
from service.actions import templates as verbs
from service.domain.wording import Draft
from service.errors import Conflict, Invalid, NotFound
from service.jobs import templates as job
from service.runtime import Runtime
from service.store import jobs, templates
from service.store.engine import Database
from tests.service import whatsapp_scene
from tests.service.whatsapp_scene import Scene

CANARY = "Kanarienvogel"


@pytest.fixture
def firm(sqlite_database: Database) -> Iterator[Scene]:
    with whatsapp_scene.on(sqlite_database) as found:
        yield found


def row(firm: Scene, title: str) -> Template:
    with firm.runtime.look() as turn:
        return next(one for one in templates.every(turn) if one.title == title)


def changed(one: Template, **more: object) -> Draft:
    kept = templates.draft(one)
    return Draft(**({name: getattr(kept, name) for name in kept.__slots__} | more))


def test_the_drafts_are_shipped_once_in_the_life_of_a_database(firm: Scene) -> None:
    with firm.runtime.turn() as turn:
        verbs.remove(turn, row(firm, "Nachfrage").id)
        templates.ship(turn)

    with firm.runtime.look() as turn:
        assert [one.title for one in templates.every(turn)] == [
            "Willkommen",
            "Bestätigung",
            "Rückruf",
            "Wir melden uns",
        ]
        assert {one.state for one in templates.every(turn)} == {TemplateState.ENTWURF}
        assert not templates.sendable(turn)


def test_a_draft_is_changed_by_its_version_and_one_name_stands_once(firm: Scene) -> None:
    one = row(firm, "Nachfrage")

    with firm.runtime.turn(firm.anna) as turn:
        verbs.save(turn, one.id, changed(one, purpose="Später"), one.version)
    with pytest.raises(Conflict), firm.runtime.turn() as turn:
        verbs.save(turn, one.id, changed(one), one.version)
    with pytest.raises(Invalid) as twice, firm.runtime.turn() as turn:
        verbs.save(turn, 0, changed(one), 0)
    with pytest.raises(Invalid), firm.runtime.turn() as turn:
        verbs.save(turn, one.id, changed(one, name="willkommen"), one.version + 1)
    with pytest.raises(NotFound), firm.runtime.turn() as turn:
        verbs.save(turn, 999, changed(one), 1)

    assert set(twice.value.fields) == {"name"}
    assert row(firm, "Nachfrage").purpose == "Später"


def test_what_meta_has_approved_is_reworded_only_through_meta(firm: Scene) -> None:
    one = firm.approved("Nachfrage")

    with pytest.raises(Invalid) as kept, firm.runtime.turn() as turn:
        verbs.save(turn, one.id, changed(one, wording="Ist noch etwas offen geblieben?"), one.version)
    with pytest.raises(Invalid) as named, firm.runtime.turn() as turn:
        verbs.submit(turn, one.id, changed(one, name="anders"), one.version)
    with firm.runtime.turn() as turn:
        verbs.save(turn, one.id, changed(one, answers=True), one.version)
    one = row(firm, "Nachfrage")
    with firm.runtime.turn() as turn:
        again = verbs.submit(turn, one.id, changed(one, wording="Ist noch etwas offen geblieben?"), one.version)
    found = verbs.hand_in(firm.runtime.cloud, WABA, again)
    with firm.runtime.turn() as turn:
        verbs.handed_in(turn, again, found)
    one = row(firm, "Nachfrage")
    with pytest.raises(Conflict, match="wird geprüft"), firm.runtime.turn() as turn:
        verbs.submit(turn, one.id, templates.draft(one), one.version)

    assert set(kept.value.fields) == {"wording"}
    assert set(named.value.fields) == {"name"}
    assert firm.at_meta(row(firm, "Nachfrage")).wording == "Ist noch etwas offen geblieben?"
    assert row(firm, "Nachfrage").answers


def hand_in(firm: Scene, title: str) -> ConnectorError | None:
    """Hand a draft in and note how it went."""
    one = row(firm, title)
    with firm.runtime.turn() as turn:
        submission = verbs.submit(turn, one.id, templates.draft(one), one.version)
    try:
        found = verbs.hand_in(firm.runtime.cloud, WABA, submission)
    except ConnectorError as error:
        with firm.runtime.turn() as turn:
            lost = verbs.turned_down(turn, submission, error)
        return None if lost else error
    with firm.runtime.turn() as turn:
        verbs.handed_in(turn, submission, found)
    return None


def test_a_refused_submission_is_a_draft_again_and_a_lost_one_is_found_or_given_back(firm: Scene) -> None:
    firm.api.faults = [Wrong(100, CANARY, 2388299)]
    refused = hand_in(firm, "Nachfrage")
    assert "beginnen oder enden" in str(refused)
    assert row(firm, "Nachfrage").state is TemplateState.ENTWURF

    firm.api.faults = [LOST]
    hand_in(firm, "Nachfrage")
    firm.api.faults = [Wrong(2)]
    hand_in(firm, "Rückruf")
    job.sync(firm.runtime)
    assert row(firm, "Nachfrage").meta_id
    assert row(firm, "Rückruf").state is TemplateState.GEPRUEFT
    firm.clock.move(timedelta(minutes=10))
    job.sync(firm.runtime)

    assert row(firm, "Rückruf").state is TemplateState.ENTWURF
    assert row(firm, "Nachfrage").state is TemplateState.GEPRUEFT


def test_the_list_of_meta_is_followed_unknown_ones_come_without_wording_and_missing_ones_are_marked(
    firm: Scene,
) -> None:
    one = firm.approved("Nachfrage")
    firm.meta.known["8"] = Remote("8", "fremd", "en_US", "MARKETING", CANARY, 0, "APPROVED", "RED")
    firm.meta.known["9"] = Remote("9", "neu", "de", "UTILITY", CANARY, 0, "NEUES_WORT")

    assert job.sync(firm.runtime) == 3
    assert job.sync(firm.runtime) == 0
    foreign, unknown = row(firm, "fremd"), row(firm, "neu")
    assert (foreign.state, foreign.quality, foreign.wording) == (TemplateState.GENEHMIGT, "RED", "")
    assert unknown.state is TemplateState.ENTWURF
    with firm.runtime.look() as turn:
        assert [t.title for t in templates.sendable(turn)] == ["Nachfrage"]
    with firm.runtime.turn() as turn:
        verbs.save(turn, foreign.id, changed(foreign, wording="Hello, do you have questions?"), foreign.version)
    del firm.meta.known[one.meta_id]
    job.sync(firm.runtime)
    assert row(firm, "Nachfrage").state is TemplateState.GELOESCHT
    with firm.runtime.look() as turn:
        assert [t.title for t in templates.sendable(turn)] == ["fremd"]


def test_webhooks_change_state_quality_and_category_and_tell_those_who_have_to_know(firm: Scene) -> None:
    one = firm.approved("Nachfrage")
    remote = firm.at_meta(one)

    firm.meta.rate(remote, "YELLOW")
    firm.meta.review(remote, "PAUSED")
    firm.meta.review(remote, "PAUSED")
    firm.meta.review(remote, "NEUES_WORT")
    firm.meta.recategorise(remote, "MARKETING")
    firm.drain()

    one = row(firm, "Nachfrage")
    assert (one.state, one.quality, one.category) == (TemplateState.PAUSIERT, "YELLOW", "MARKETING")
    with firm.runtime.look() as turn:
        told = [n for n in turn.session.query(Notice).all() if n.kind is NoticeKind.VORLAGE]
    assert len(told) == 4  # paused and recategorised, each to the Admin and the lead
    firm.meta.review(Remote("4711", "unbekannt", "de", "UTILITY", "x", 0), "APPROVED")
    firm.drain()
    with firm.runtime.look() as turn:
        assert [j.kind for j in turn.session.query(Job).all()] == [jobs.TEMPLATES]


def test_deleting_takes_only_one_language_at_meta_and_what_was_sent_keeps_its_name(firm: Scene) -> None:
    firm.wrote()
    one = firm.approved("Nachfrage")
    firm.meta.known["5"] = Remote("5", "nachfrage", "en", "UTILITY", "Any questions left?", 0, "APPROVED")
    firm.send(firm.order(words="", template_id=one.id))

    with firm.runtime.turn() as turn:
        meta_id, name = verbs.remove(turn, one.id)
    verbs.take_away(firm.runtime.cloud, WABA, meta_id, name)
    with firm.runtime.turn() as turn:
        verbs.taken_away(turn, one.id)
    with pytest.raises(Conflict, match="schon gesendet"), firm.runtime.turn() as turn:
        verbs.remove(turn, one.id)

    assert list(firm.meta.known) == ["5"]
    assert row(firm, "Nachfrage").state is TemplateState.GELOESCHT


def test_without_a_token_nobody_is_asked(firm: Scene) -> None:
    firm.api.token = "anders"
    with pytest.raises(Declined):
        job.sync(firm.runtime)
    bare = Runtime(
        firm.runtime.config.model_copy(update={"whatsapp_business_account": ""}), firm.clock, firm.runtime.database
    )

    assert job.sync(bare) == 0
    with firm.runtime.turn() as turn:
        job.plan(turn)
        job.plan(turn)
        assert [j.kind for j in turn.session.query(Job).all()] == [jobs.TEMPLATES]
    assert firm.anna.role is Role.TEAM_LEAD
