"""A list of customers and suppliers comes in as a preview first, then for good, and a second time changes nothing."""

import io
from collections.abc import Sequence

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from models.key import SenderKey
from models.message import Conversation, Message
from models.party import Company, CompanyDomain, CompanyNumber, ContactPoint, PartyRole, Person, PersonCompany
from models.terms import Category, KeyScope, Step
from models.trail import Trail
from service.actions import configure, enlist, intake
from service.actions.intake import Judge
from service.domain import roll
from service.domain.books import Books
from service.domain.entries import BOTH, Entry
from service.domain.fates import Fate, Plan
from service.errors import Invalid
from service.store import keys
from service.turn import Turn
from tests.factories import OWN, mail

CUSTOMER = (Category.KUNDE,)
LIST = """Kundennummer;Firma;PLZ;Ort;E-Mail;Telefon;Webseite
1001;Muster Bau GmbH;24103;Kiel;info@muster-bau.example, chef@gmx.de;0431 5550100;www.muster-bau.example
1002;Beispiel & Söhne KG;20095;Hamburg;post@beispiel.example;;
"""


def take(turn: Turn, text: str | bytes, roles: tuple[Category, ...] = ()) -> Plan:
    reading = enlist.read(text.encode() if isinstance(text, str) else text, roles)
    return enlist.apply(turn, reading.entries, reading.remarks).plan


def kinds(plan: Plan) -> list[str]:
    return [remark.kind for remark in plan.remarks]


def count(turn: Turn, *tables: type) -> list[int]:
    return [turn.session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def test_a_preview_changes_nothing(turn: Turn) -> None:
    reading = enlist.read(LIST.encode())

    plan = enlist.plan(turn, reading.entries, reading.remarks)

    assert plan.counts[Fate.NEU] == 2
    assert count(turn, Company, SenderKey, Trail) == [0, 0, 0]


def test_a_list_becomes_companies_with_numbers_domains_roles_and_keys(turn: Turn) -> None:
    plan = take(turn, LIST)

    book = keys.book(turn)
    assert book.master_domains["muster-bau.example"].party == "Muster Bau GmbH"
    assert book.master_addresses["chef@gmx.de"].category is Category.KUNDE
    assert "494315550100" in book.master_addresses
    assert "gmx.de" not in book.master_domains
    assert kinds(plan) == ["Freemail"]
    assert count(turn, Company, CompanyNumber, CompanyDomain, PartyRole) == [2, 2, 2, 2]


def test_a_second_run_makes_no_doubles_and_leaves_no_trace(turn: Turn) -> None:
    take(turn, LIST)
    before = count(turn, Company, CompanyNumber, CompanyDomain, ContactPoint, PartyRole, SenderKey, Trail)

    plan = take(turn, LIST)

    assert dict(plan.counts) == {Fate.UNVERAENDERT: 2}
    assert count(turn, Company, CompanyNumber, CompanyDomain, ContactPoint, PartyRole, SenderKey, Trail) == before


def test_a_company_that_moved_is_found_by_its_number_and_corrected_with_a_trail(turn: Turn) -> None:
    take(turn, LIST)

    plan = take(turn, LIST.replace("24103;Kiel", "24937;Flensburg"))

    note = turn.session.scalars(select(Trail).where(Trail.about.like("company:%")).order_by(Trail.id.desc())).first()
    assert dict(plan.counts) == {Fate.GEAENDERT: 1, Fate.UNVERAENDERT: 1}
    assert note is not None
    assert note.before is not None
    assert note.after is not None
    assert (note.before["city"], note.after["city"]) == ("Kiel", "Flensburg")


def test_waiting_messages_are_judged_again_at_once(turn: Turn, mailbox: int, judge: Judge) -> None:
    intake.take_in(turn, [mail("anna@muster-bau.example"), mail("fremd@anders.example")], mailbox, judge)

    reading = enlist.read(LIST.encode())
    done = enlist.apply(turn, reading.entries)

    message = turn.session.execute(select(Message).where(Message.sender == "anna@muster-bau.example")).scalar_one()
    conversation = turn.session.get_one(Conversation, message.conversation_id)
    turn.session.refresh(conversation)
    assert done.messages == 1
    assert (message.category, message.step) == (Category.KUNDE, Step.DOMAIN_STAMMDATEN)
    assert conversation.company_id is not None


def test_a_company_in_both_ledgers_is_one_party_with_both_roles_and_counts_as_customer_first(turn: Turn) -> None:
    both = "Kundennummer;Lieferantennummer;Firma;E-Mail\n;70;Nord AG;a@nord.example\n9;;Nord AG;a@nord.example\n"

    plan = take(turn, both)

    assert count(turn, Company, CompanyNumber, PartyRole) == [1, 2, 2]
    assert kinds(plan).count("Kunde und Lieferant") == 2
    assert keys.book(turn).master_domains["nord.example"].category is Category.KUNDE


def test_contacts_become_persons_of_their_company_or_persons_alone(turn: Turn) -> None:
    contacts = (
        "First Name,Last Name,Company,E-mail Address,Mobile Phone\n"
        "Erika,Muster,Nord AG,erika@nord.example,0171 8388958\n"
        "Max,Frei,,max@gmx.de,\n"
        "Ohne,Adresse,,,\n"
    )

    plan = take(turn, contacts, CUSTOMER)

    assert count(turn, Company, Person, PersonCompany) == [1, 2, 1]
    assert dict(plan.counts) == {Fate.NEU: 2}
    assert [remark.line for remark in plan.remarks if remark.lost] == [4]
    assert dict(take(turn, contacts, CUSTOMER).counts) == {Fate.UNVERAENDERT: 2}


def test_what_belongs_to_one_company_is_not_taken_by_another(turn: Turn) -> None:
    take(turn, LIST)

    plan = take(turn, "Kundennummer;Firma;E-Mail\n7;Süd GmbH;info@muster-bau.example\n1001;Anders AG;\n")

    assert kinds(plan) == ["Domain vergeben", "Adresse vergeben"]
    assert keys.book(turn).master_addresses["info@muster-bau.example"].party == "Anders AG"


def test_our_own_people_never_become_customers(turn: Turn) -> None:
    configure.own_domains(turn, (OWN,))

    plan = take(turn, f"Vorname;Nachname;E-Mail\nAnna;Kollegin;anna@{OWN}\n", CUSTOMER)

    assert kinds(plan) == ["Eigene Domain", "Nicht zuzuordnen"]
    assert count(turn, Person, SenderKey) == [0, 0]


def test_a_key_confirmed_by_hand_goes_before_the_list(turn: Turn) -> None:
    keys.teach(turn, KeyScope.DOMAIN, "beispiel.example", Category.NEWSLETTER, {})

    assert "Von Hand anders" in kinds(take(turn, LIST))


def test_a_workbook_says_the_same_as_the_list(turn: Turn) -> None:
    book = openpyxl.Workbook()
    for line in LIST.splitlines():
        book.active.append([int(cell) if cell.isdigit() else cell for cell in line.split(";")])
    packed = io.BytesIO()
    book.save(packed)

    take(turn, LIST)

    assert dict(take(turn, packed.getvalue()).counts) == {Fate.UNVERAENDERT: 2}


@pytest.mark.parametrize(
    "data", [b"", b"Firma;E-Mail\n", b"x" * (32 * 1024 * 1024 + 1)], ids=["empty", "bare", "large"]
)
def test_a_file_without_a_list_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        enlist.read(data)


def test_companies_that_all_take_the_next_one_s_name_get_it_without_doubles_and_a_long_chain_is_named(
    turn: Turn,
) -> None:
    links = range(12)
    take(turn, "Kundennummer;Firma\n" + "".join(f"{n};Firma {n}\n" for n in links))
    moved = "Kundennummer;Firma\n" + "".join(f"{n};Firma {n + 1}\n" for n in links)

    first = take(turn, moved)
    second = take(turn, moved)
    third = take(turn, moved)

    assert set(kinds(first)) == {"Name doppelt"}
    assert (first.counts[Fate.NEU], kinds(second)) == (0, [])
    assert [firm.name for _, firm in sorted(third.after.firms.items())] == [f"Firma {n + 1}" for n in links]
    assert third.counts == {Fate.UNVERAENDERT: 12}


NAMES = st.sampled_from(["", "A GmbH", "A", "B KG", "C"])
ADDRESSES = st.lists(st.sampled_from(["a@a.example", "b@a.example", "c@b.example", "d@gmx.de", f"x@{OWN}"]), max_size=2)
ENTRIES = st.builds(
    Entry,
    st.just(0),
    NAMES,
    st.just(""),
    st.sampled_from(["", "Eins", "Zwei"]),
    st.lists(st.sampled_from([("P", "1"), ("P", "2"), ("Q", "1")]), max_size=2, unique=True).map(tuple),
    st.sampled_from([(Category.KUNDE,), (Category.LIEFERANT,), BOTH]),
    ADDRESSES.map(tuple),
    st.lists(st.sampled_from(["491718388958", "494315550100"]), max_size=1).map(tuple),
    st.lists(st.sampled_from(["a.example", "c.example", "gmx.de"]), max_size=1).map(tuple),
    st.sampled_from(["", "Kiel", "Bonn"]),
    st.sampled_from(["", "1", "2"]),
)


def numbered(entries: Sequence[Entry]) -> list[Entry]:
    return [
        Entry(at, *(getattr(entry, name) for name in Entry.__slots__ if name != "line"))
        for at, entry in enumerate(entries, 2)
        if entry.company or (entry.person and not entry.numbers and (entry.addresses or entry.phones))
    ]


@pytest.mark.measured
@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(ENTRIES, max_size=6), st.lists(ENTRIES, max_size=6))
def test_whatever_was_imported_before_the_same_list_again_changes_nothing(old: list[Entry], new: list[Entry]) -> None:
    start = roll.plan(Books(own_domains=frozenset({OWN})), numbered(old)).after
    once = roll.plan(start, numbered(new)).after

    again = roll.plan(once, numbered(new))

    assert again.after == once
    assert set(again.counts) <= {Fate.UNVERAENDERT}


@pytest.mark.measured
@settings(
    derandomize=True,
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(ENTRIES, max_size=5))
def test_what_is_stored_is_what_the_plan_said(turn: Turn, entries: list[Entry]) -> None:
    enlist.apply(turn, numbered(entries))

    again = enlist.apply(turn, numbered(entries))

    assert again.plan.before == again.plan.after
    assert set(again.plan.counts) <= {Fate.UNVERAENDERT}
