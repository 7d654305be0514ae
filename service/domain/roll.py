"""Tries an import out: which entries are new, change something, change nothing, or contradict what the books say.

Pure: books and entries in, a plan out. An entry is the party that has its number in its program; else the one that has
its address; else the company of this name and place; else the one that has its domain and its name. Names that differ
never merge two companies, and what belongs to one party is never taken from it (S1.33).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from classifier.book import is_free_mail, may_teach
from models.address import registrable
from models.terms import KeyScope
from service.domain.books import Books, Firm, MasterKey, Party, core, fold
from service.domain.entries import BOTH, Entry
from service.domain.fates import Fate, Outcome, Plan
from service.domain.sheet import Remark

_SAYS = (("company", "name"), *((name, name) for name in ("city", "postcode", "country", "website", "vat_id")))
# Corrections can free a name that an earlier line wanted: the lines are tried again until nothing changes any more,
# so that a second import of the same file finds nothing to do.
_PASSES = 8


@dataclass(slots=True)
class _Desk:
    """What is on the table while entries are tried out; remarks and claims are those of the last pass."""

    books: Books
    by_name: dict[tuple[str, str], int]
    changes: dict[int, list[str]] = field(default_factory=dict)
    fresh: set[int] = field(default_factory=set)
    remarks: list[Remark] = field(default_factory=list)
    named_by: dict[int, int] = field(default_factory=dict)
    bearers: dict[int, Party] = field(default_factory=dict)
    carriers: dict[tuple[KeyScope, str], int] = field(default_factory=dict)
    moved: int = 0
    made: int = 0

    def next_id(self) -> int:
        self.made += 1
        return -self.made

    def note(self, at: Entry, kind: str, text: str, *, lost: bool = False) -> None:
        self.remarks.append(Remark(at.line, kind, text, lost))

    def change(self, line: int, text: str) -> None:
        self.moved += 1
        self.changes.setdefault(line, []).append(text)


def plan(books: Books, entries: Sequence[Entry], remarks: Iterable[Remark] = ()) -> Plan:
    """Try entries out as they stand in the file; the books given stay as they are."""
    names = {(fold(firm.name), firm.city): company for company, firm in books.firms.items()}
    desk = _Desk(books.copy(), names, made=-min((0, *books.firms, *books.people)))
    for _ in range(_PASSES):
        desk.remarks, desk.named_by, desk.bearers, desk.carriers = [], {}, {}, {}
        before = desk.moved
        for entry in entries:
            _take(desk, entry)
        if desk.moved == before:
            break
    _keys(desk)
    _look_over(desk, entries)
    lost = {remark.line for remark in desk.remarks if remark.lost}
    outcomes = tuple(_outcome(desk, entry) for entry in entries if entry.line not in lost)
    return Plan(books, desk.books, outcomes, tuple(sorted((*remarks, *desk.remarks), key=lambda r: r.line)))


def _outcome(desk: _Desk, entry: Entry) -> Outcome:
    changes = tuple(dict.fromkeys(desk.changes.get(entry.line, ())))
    known = Fate.GEAENDERT if changes else Fate.UNVERAENDERT
    return Outcome(entry.line, entry.name, Fate.NEU if entry.line in desk.fresh else known, entry.roles, changes)


def _take(desk: _Desk, entry: Entry) -> None:
    values = _usable(desk, entry)
    company = _company(desk, entry, values)
    if company is not None:
        _say(desk, entry, company)
        _number(desk, entry, company)
        _domains(desk, entry, company)
    party = (company, _person(desk, entry, company, values))
    if party == (None, None):
        desk.note(entry, "Nicht zuzuordnen", "Die Adressen gehören schon anderen oder der eigenen Firma.", lost=True)
        return
    if company is not None and party[1] is not None and (party[1], company) not in desk.books.works:
        desk.books.works.add((party[1], company))
        desk.change(entry.line, "Zuordnung")
    bearer: Party = (company, None) if company is not None else party
    desk.bearers[entry.line] = bearer
    for role in entry.roles:
        if (bearer, role) not in desk.books.roles:
            desk.books.roles.add((bearer, role))
            desk.change(entry.line, f"Rolle {role.value}")
    for value in values:
        _point(desk, entry, value, party)


def _usable(desk: _Desk, entry: Entry) -> tuple[str, ...]:
    """Return addresses and numbers without those of our own people, who are no customers."""
    own = [address for address in entry.addresses if registrable(address) in desk.books.own_domains]
    for address in own:
        desk.note(entry, "Eigene Domain", f"{address} gehört zur eigenen Firma und bleibt draußen.")
    return tuple(value for value in (*entry.addresses, *entry.phones) if value not in own)


def _marks(values: Sequence[str]) -> list[str]:
    """Return what tells who this is: addresses; numbers only without them, because colleagues share a telephone."""
    return [value for value in values if "@" in value] or list(values)


def _company(desk: _Desk, entry: Entry, values: Sequence[str]) -> int | None:
    """Return the company of an entry, made where it is new; None for a person without one."""
    found = _known(desk, entry, values)
    if found is not None or not entry.company:
        return found
    made = desk.next_id()
    desk.books.firms[made] = Firm(*(getattr(entry, mine) for mine, _ in _SAYS))
    desk.by_name[fold(entry.company), entry.city] = made
    desk.fresh.add(entry.line)
    desk.change(entry.line, "Unternehmen")
    return made


def _known(desk: _Desk, entry: Entry, values: Sequence[str]) -> int | None:
    books = desk.books
    for number in entry.numbers:
        if number in books.numbers:
            return books.numbers[number]
    for value in _marks(values):
        company = books.points.get(value, (None, None))[0]
        # An address says who it is, except against a number of its own under another name.
        if company is not None and (not entry.numbers or _agrees(desk, entry, company)):
            return company
    named = desk.by_name.get((fold(entry.company), entry.city)) if entry.company else None
    if named is not None:
        return named
    owners = (books.domains[host] for host in _hosts(desk, entry) if host in books.domains)
    return next((owner for owner in owners if _agrees(desk, entry, owner)), None)


def _agrees(desk: _Desk, entry: Entry, company: int) -> bool:
    return not entry.company or core(entry.company) == core(desk.books.firms[company].name)


def _hosts(desk: _Desk, entry: Entry) -> tuple[str, ...]:
    """Return the domains that say something about a company: never our own, free mail, mass mail, a bare suffix."""
    hosts = (*entry.domains, *(registrable(address) for address in entry.addresses))
    return tuple(dict.fromkeys(host for host in hosts if may_teach(host) and host not in desk.books.own_domains))


def _say(desk: _Desk, entry: Entry, company: int) -> None:
    """Correct what the books say of a company; the first line of a file that names it is right."""
    firm = desk.books.firms[company]
    first = desk.named_by.get(company)
    leads = first is None and bool(entry.numbers)
    if leads or (first is None and entry.company and _agrees(desk, entry, company)):
        desk.named_by[company] = entry.line
    if leads:
        said = Firm(*(getattr(entry, mine) or getattr(firm, theirs) for mine, theirs in _SAYS))
    else:
        _differs(desk, entry, firm, first)
        # Another line only adds what was not known; name and place stay.
        added = {name: getattr(firm, name) or getattr(entry, name) for _, name in _SAYS[2:]}
        said = replace(firm, **added)
    place = (fold(said.name), said.city)
    if desk.by_name.get(place, company) != company:
        desk.note(entry, "Name doppelt", f"„{said.name}“ gibt es schon; der Name bleibt „{firm.name}“.")
        said = replace(said, name=firm.name, city=firm.city)
    if said != firm:
        desk.by_name.pop((fold(firm.name), firm.city), None)
        desk.by_name[fold(said.name), said.city] = company
        desk.books.firms[company] = said
        desk.change(entry.line, "Angaben")


def _differs(desk: _Desk, entry: Entry, firm: Firm, first: int | None) -> None:
    where = f"in Zeile {first}" if first else "bei uns"
    if entry.company and core(entry.company) != core(firm.name):
        desk.note(entry, "Name weicht ab", f"Heißt {where} „{firm.name}“, hier „{entry.company}“.")
    elif first and not entry.person:
        desk.note(entry, "Doppelt in der Datei", f"„{firm.name}“ steht schon in Zeile {first}.")


def _number(desk: _Desk, entry: Entry, company: int) -> None:
    for number in entry.numbers:
        holder = desk.books.numbers.get(number)
        if holder is None:
            desk.books.numbers[number] = company
            desk.change(entry.line, f"Nummer {number[1]}")
        elif holder != company:
            desk.note(entry, "Nummer vergeben", f"{number[1]} gehört schon „{desk.books.firms[holder].name}“.")


def _domains(desk: _Desk, entry: Entry, company: int) -> None:
    for domain in _hosts(desk, entry):
        holder = desk.books.domains.get(domain)
        if holder is None:
            desk.books.domains[domain] = company
            desk.change(entry.line, domain)
        elif holder != company:
            desk.note(entry, "Domain vergeben", f"{domain} gehört schon „{desk.books.firms[holder].name}“.")
            continue
        desk.carriers.setdefault((KeyScope.DOMAIN, domain), entry.line)


def _person(desk: _Desk, entry: Entry, company: int | None, values: Sequence[str]) -> int | None:
    """Return the person of an entry; made only with an address or number that is still free, to be found again by."""
    marks = _marks(values)
    if not entry.person and (company is not None or not marks):
        return None
    for value in marks:
        holder = desk.books.points.get(value)
        if holder is not None and (company is None or holder[0] in {None, company}):
            return holder[1]
    if not any(value not in desk.books.points for value in marks):
        return None
    made = desk.next_id()
    desk.books.people[made] = (entry.first_name, entry.last_name)
    desk.fresh.add(entry.line)
    desk.change(entry.line, "Person")
    return made


def _point(desk: _Desk, entry: Entry, value: str, party: Party) -> None:
    holder = desk.books.points.get(value)
    if holder is None:
        desk.books.points[value] = party
        desk.change(entry.line, value)
    elif holder[0] is None and party[0] is not None and holder[1] == party[1]:
        # A person whom we knew alone turns out to work for a company.
        desk.books.points[value] = party
        desk.change(entry.line, "Zuordnung")
    elif holder[0] != party[0] or (party[0] is None and holder[1] != party[1]):
        desk.note(entry, "Adresse vergeben", f"{value} gehört schon „{desk.books.name(holder)}“.")
        return
    desk.carriers.setdefault((KeyScope.ADRESSE, value), entry.line)


def _keys(desk: _Desk) -> None:
    """Make keys of what belongs to a party. A party that is both counts as Kunde: nobody may overlook a customer."""
    for (scope, value), line in desk.carriers.items():
        party = desk.books.points[value] if scope is KeyScope.ADRESSE else (desk.books.domains[value], None)
        bearer: Party = (party[0], None) if party[0] is not None else party
        category = next(role for role in BOTH if (bearer, role) in desk.books.roles)
        if desk.books.keys.get((scope, value)) != MasterKey(category, party):
            desk.books.keys[scope, value] = MasterKey(category, party)
            desk.change(line, f"{value} gilt als {category.value}")
        said = desk.books.confirmed.get((scope, value), category)
        if said is not category:
            text = f"{value} ist von Hand als {said.value} bestätigt; das geht vor."
            desk.remarks.append(Remark(line, "Von Hand anders", text))


def _look_over(desk: _Desk, entries: Sequence[Entry]) -> None:
    """Note what is not wrong but worth a look: both roles, free mail, companies of the same name."""
    twins = Counter(core(firm.name) for firm in desk.books.firms.values())
    for entry in entries:
        bearer = desk.bearers.get(entry.line)
        if bearer is None:
            continue
        if all((bearer, role) in desk.books.roles for role in BOTH):
            desk.note(entry, "Kunde und Lieferant", f"„{entry.name}“ ist beides; neue Mails gelten zuerst als Kunde.")
        for address in entry.addresses:
            if is_free_mail(address.rpartition("@")[2]):
                desk.note(entry, "Freemail", f"Nur {address} wird bekannt, nicht die Domain.")
        if bearer[0] is not None and twins[core(desk.books.firms[bearer[0]].name)] > 1:
            desk.note(entry, "Mehrfach im Bestand", f"Mehrere Unternehmen heißen wie „{entry.name}“.")
