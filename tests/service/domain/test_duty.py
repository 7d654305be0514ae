"""Who is responsible: the order, deputies and their deputies, loops, working hours, and the end that is never nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.terms import DutyBy, Role
from service.domain.duty import NOBODY, Duties, Duty, Person, dead_end
from service.domain.hours import DEFAULT_HOURS, Hours

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Berlin
AFTERNOON = NOW + timedelta(hours=4)
NIGHT = NOW + timedelta(hours=14)
DAY = timedelta(days=1)
ANNA, BERT, CARA, DORA, LEAD, BOSS = 1, 2, 3, 4, 8, 9
INFO, NUMBER = 11, 12
AWAY = ((NOW - DAY, NOW + DAY),)
MORNINGS = Hours({day: [["08:00", "12:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})


def people(**more: Person) -> dict[int, Person]:
    staff = {number: Person(number, Role.MITARBEITER) for number in (ANNA, BERT, CARA, DORA)}
    staff |= {LEAD: Person(LEAD, Role.TEAM_LEAD), BOSS: Person(BOSS, Role.ADMIN)}
    return staff | {person.id: person for person in more.values()}


def duties(**more: object) -> Duties:
    values: dict[str, object] = {"persons": people(), "accounts": {INFO: (ANNA,)}, "opening": DEFAULT_HOURS}
    return Duties(**(values | more))  # type: ignore[arg-type]


def test_the_one_named_by_hand_comes_before_who_looks_after_the_party_and_the_mailbox() -> None:
    found = duties().responsible(INFO, BERT, CARA, NOW)

    assert found == Duty(CARA, DutyBy.HAND, None, (CARA,))


def test_who_looks_after_the_party_comes_before_the_mailbox() -> None:
    assert duties().responsible(INFO, BERT, None, NOW) == Duty(BERT, DutyBy.PARTNER, None, (BERT,))


def test_without_hand_and_party_the_mailbox_says_who_it_is() -> None:
    assert duties().responsible(INFO, None, None, NOW) == Duty(ANNA, DutyBy.POSTFACH, None, (ANNA,))


def test_a_message_stays_with_the_responsible_person_who_is_there_whatever_deputies_there_are() -> None:
    house = duties(deputies={ANNA: (BERT,)}, absences={ANNA: ((NOW + DAY, NOW + 2 * DAY),)})

    assert house.responsible(INFO, None, None, NOW).member_id == ANNA


def test_an_absence_runs_from_its_first_instant_to_before_its_last() -> None:
    house = duties(absences={ANNA: ((NOW, NOW + DAY),)})

    assert not house.available(ANNA, NOW)
    assert house.available(ANNA, NOW + DAY)
    assert house.available(ANNA, NOW - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("owner", "assignee", "why"),
    [(None, None, DutyBy.POSTFACH), (ANNA, None, DutyBy.PARTNER), (None, ANNA, DutyBy.HAND)],
)
def test_while_the_responsible_person_is_away_the_first_available_deputy_takes_the_place(
    owner: int | None, assignee: int | None, why: DutyBy
) -> None:
    house = duties(deputies={ANNA: (BERT, CARA)}, absences={ANNA: AWAY, BERT: AWAY})

    assert house.responsible(INFO, owner, assignee, NOW) == Duty(CARA, why, ANNA, (ANNA, BERT, CARA))


def test_own_deputies_come_before_deputies_of_deputies() -> None:
    house = duties(deputies={ANNA: (BERT, CARA), BERT: (DORA,)}, absences={ANNA: AWAY, BERT: AWAY})

    assert house.responsible(INFO, None, None, NOW).member_id == CARA


def test_the_deputy_of_a_deputy_is_not_lost() -> None:
    # zammad/zammad#3694: the replacement of a replacement got nothing.
    house = duties(deputies={ANNA: (BERT,), BERT: (CARA,)}, absences={ANNA: AWAY, BERT: AWAY})

    assert house.responsible(INFO, None, None, NOW) == Duty(CARA, DutyBy.POSTFACH, ANNA, (ANNA, BERT, CARA))


def test_a_colleague_of_the_same_mailbox_comes_before_deputies_and_stands_in() -> None:
    house = duties(accounts={INFO: (ANNA, DORA)}, deputies={ANNA: (BERT,)}, absences={ANNA: AWAY})

    assert house.responsible(INFO, None, None, NOW) == Duty(DORA, DutyBy.POSTFACH, ANNA, (ANNA, DORA))


def test_a_chain_is_followed_only_so_far_and_then_ends_at_the_lead_of_the_team() -> None:
    house = duties(
        deputies={ANNA: (BERT,), BERT: (CARA,), CARA: (DORA,)},
        absences={ANNA: AWAY, BERT: AWAY, CARA: AWAY},
        leads={INFO: (LEAD,)},
        limit=2,
    )

    assert house.responsible(INFO, None, None, NOW) == Duty(LEAD, DutyBy.LEITUNG, ANNA, (ANNA, BERT, CARA, LEAD))


def test_a_loop_ends_at_the_lead_at_run_time() -> None:
    house = duties(deputies={ANNA: (BERT,), BERT: (ANNA,)}, absences={ANNA: AWAY, BERT: AWAY})

    assert house.responsible(INFO, None, None, NOW) == Duty(LEAD, DutyBy.LEITUNG, ANNA, (ANNA, BERT, LEAD))


def test_the_own_team_lead_comes_before_any_other_and_that_one_before_the_admin() -> None:
    other = Person(5, Role.TEAM_LEAD)
    house = duties(persons=people(other=other), accounts={}, leads={INFO: (LEAD,)})
    without_own = duties(persons=people(other=other), accounts={}, leads={INFO: (LEAD,)}, absences={LEAD: AWAY})
    without_any = duties(accounts={}, absences={LEAD: AWAY})

    assert house.responsible(INFO, None, None, NOW) == Duty(LEAD, DutyBy.LEITUNG, None, (LEAD,))
    assert without_own.responsible(INFO, None, None, NOW).member_id == 5
    assert without_any.responsible(INFO, None, None, NOW) == Duty(BOSS, DutyBy.AUSHILFE, None, (BOSS,))


def test_when_leads_and_admins_are_away_a_colleague_of_the_mailbox_takes_over_before_anybody_else() -> None:
    gone = {LEAD: AWAY, BOSS: AWAY, DORA: AWAY}
    house = duties(accounts={INFO: (CARA,)}, absences=gone)

    assert house.responsible(INFO, None, DORA, NOW) == Duty(CARA, DutyBy.AUSHILFE, DORA, (DORA, CARA))


def test_somebody_is_responsible_while_anybody_who_works_is_there() -> None:
    gone = dict.fromkeys((ANNA, BERT, CARA, LEAD, BOSS), AWAY)

    assert duties(absences=gone).responsible(INFO, None, None, NOW) == Duty(DORA, DutyBy.AUSHILFE)
    assert duties(absences=gone | {DORA: AWAY}).responsible(INFO, None, None, NOW) == NOBODY


@pytest.mark.parametrize("person", [Person(BERT, Role.MITARBEITER, active=False), Person(BERT, Role.MANAGEMENT)])
def test_who_left_or_does_not_do_the_daily_work_is_passed_over(person: Person) -> None:
    house = duties(persons=people(bert=person), accounts={INFO: (BERT, ANNA)}, deputies={ANNA: (BERT, CARA)})

    assert house.responsible(INFO, BERT, BERT, NOW) == Duty(ANNA, DutyBy.POSTFACH, None, (ANNA,))
    assert house.stand_ins(ANNA, NOW) == (CARA,)


def test_outside_his_own_hours_a_member_is_replaced_for_what_cannot_wait_only() -> None:
    anna = Person(ANNA, Role.MITARBEITER, hours=MORNINGS)
    house = duties(persons=people(anna=anna), deputies={ANNA: (BERT,)})

    assert house.responsible(INFO, None, None, NOW, urgent=True).member_id == ANNA
    assert house.responsible(INFO, None, None, AFTERNOON, urgent=True) == Duty(
        BERT, DutyBy.POSTFACH, ANNA, (ANNA, BERT)
    )
    assert house.responsible(INFO, None, None, AFTERNOON).member_id == ANNA


def test_while_the_firm_is_closed_nobody_else_is_bothered() -> None:
    anna = Person(ANNA, Role.MITARBEITER, hours=MORNINGS)
    house = duties(persons=people(anna=anna), deputies={ANNA: (BERT,)})

    assert house.responsible(INFO, None, None, NIGHT, urgent=True).member_id == ANNA


def test_when_nobody_is_inside_his_hours_the_message_stays_where_it_belongs() -> None:
    part_time = {n: Person(n, role, hours=MORNINGS) for n, role in ((ANNA, Role.MITARBEITER), (BOSS, Role.ADMIN))}
    house = duties(persons=part_time)

    assert house.responsible(INFO, None, None, AFTERNOON, urgent=True) == Duty(ANNA, DutyBy.POSTFACH, None, (ANNA,))


def test_a_firm_without_opening_hours_counts_own_hours_always() -> None:
    anna = Person(ANNA, Role.MITARBEITER, hours=MORNINGS)

    assert duties(persons=people(anna=anna), opening=None).available(ANNA, NIGHT, urgent=True) is False


def test_without_a_deputy_the_rights_go_to_who_is_responsible_for_each_mailbox() -> None:
    house = duties(
        accounts={INFO: (ANNA,), NUMBER: (ANNA, BERT), 13: (DORA,)}, leads={INFO: (LEAD,)}, absences={ANNA: AWAY}
    )
    boxless = duties(accounts={}, absences={CARA: AWAY})

    assert house.stand_ins(ANNA, NOW) == (LEAD,)
    assert boxless.stand_ins(CARA, NOW) == (LEAD,)
    assert duties(persons=people(cara=Person(CARA, Role.MANAGEMENT))).stand_ins(CARA, NOW) == ()


@pytest.mark.parametrize(
    ("graph", "loop"),
    [
        ({ANNA: (BERT,), BERT: (ANNA,)}, (ANNA, BERT, ANNA)),
        ({ANNA: (BERT,), BERT: (CARA,), CARA: (ANNA,)}, (ANNA, BERT, CARA, ANNA)),
        ({ANNA: (BERT, CARA), BERT: (ANNA,), CARA: (ANNA,)}, (ANNA, BERT, ANNA)),
        ({ANNA: (BERT, CARA), BERT: (ANNA,)}, ()),
        ({ANNA: (BERT,), BERT: (ANNA, CARA)}, ()),
        ({ANNA: (BERT,), BERT: (CARA,), CARA: (BERT,)}, ()),
        ({ANNA: (BERT,)}, ()),
        ({}, ()),
    ],
)
def test_only_a_loop_that_nobody_leaves_is_a_dead_end(graph: dict[int, tuple[int, ...]], loop: tuple[int, ...]) -> None:
    assert dead_end(graph, ANNA) == loop


NUMBERS = st.integers(1, 6)
LISTS = st.dictionaries(NUMBERS, st.lists(NUMBERS, max_size=4, unique=True).map(tuple), max_size=6)


@st.composite
def houses(draw: st.DrawFn) -> Duties:
    persons = {
        number: Person(number, role, active, MORNINGS if short else None)
        for number, (role, active, short) in draw(
            st.dictionaries(NUMBERS, st.tuples(st.sampled_from(Role), st.booleans(), st.booleans()))
        ).items()
    }
    gone = draw(st.sets(NUMBERS))
    return Duties(
        persons,
        deputies=draw(LISTS),
        absences=dict.fromkeys(gone, AWAY),
        accounts=draw(LISTS),
        leads=draw(LISTS),
        opening=DEFAULT_HOURS,
        limit=draw(st.integers(0, 5)),
    )


@given(houses(), NUMBERS, st.none() | NUMBERS, st.none() | NUMBERS, st.booleans())
@settings(max_examples=150, derandomize=True)
def test_the_responsible_one_is_there_and_never_nobody_while_somebody_is(
    house: Duties, account: int, owner: int | None, assignee: int | None, urgent: bool
) -> None:
    found = house.responsible(account, owner, assignee, AFTERNOON, urgent=urgent)

    anybody = any(house.available(number, AFTERNOON) for number in house.persons)
    assert (found.member_id is not None) == anybody
    assert found.member_id is None or house.available(found.member_id, AFTERNOON)
    assert found.instead_of is None or found.instead_of != found.member_id
    assert len(set(found.chain[:-1])) == len(found.chain[:-1])


@given(houses(), NUMBERS)
@settings(max_examples=100, derandomize=True)
def test_a_chain_ends_names_everybody_once_and_never_the_one_it_stands_for(house: Duties, member: int) -> None:
    chain = house.chain(member)

    assert len(set(chain)) == len(chain)
    assert member not in chain


# Graphs in which everybody has deputies are mostly dead ends; those with gaps mostly are not.
DENSE = st.fixed_dictionaries({n: st.lists(st.integers(1, 4), max_size=2, unique=True).map(tuple) for n in range(1, 5)})


@given(DENSE)
@settings(max_examples=150, derandomize=True)
def test_what_is_refused_as_a_loop_has_nobody_at_its_end_and_the_rest_has(graph: dict[int, tuple[int, ...]]) -> None:
    loop = dead_end(graph, 1)

    everybody = {1, *Duties({}, deputies=graph, limit=9).chain(1)}
    leads_back = all(1 in _all_behind(graph, number) for number in everybody)
    assert bool(loop) == leads_back
    assert not loop or (loop[0] == loop[-1] == 1 and all(graph[number] for number in everybody))


def _all_behind(graph: dict[int, tuple[int, ...]], start: int) -> set[int]:
    found: set[int] = set()
    for _ in graph:
        found |= set(graph[start]).union(*(graph[number] for number in found))
    return found
