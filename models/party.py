"""Persons and companies, separate and linked both ways; addresses, numbers, domains; roles belong to the relation."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Instant
from models.terms import Category


class Company(Base):
    """A company with which the firm has to do. `search` is the folded name; `owner_id` is who looks after it."""

    __tablename__ = "company"
    __table_args__ = (CheckConstraint("name <> ''", name="named"), {"info": {"about": "Firma"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    search: Mapped[str] = mapped_column(index=True)
    city: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="DE")
    website: Mapped[str] = mapped_column(default="")
    vat_id: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    sample: Mapped[bool] = mapped_column(default=False)


class CompanyNumber(Base):
    """The number of a company in another program (debtor, creditor, CRM); unique per program (S1.15)."""

    __tablename__ = "company_number"
    __table_args__ = (UniqueConstraint("program", "number"), {"info": {"about": "Firma"}})

    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id", ondelete="CASCADE"), index=True)
    program: Mapped[str]
    number: Mapped[str]


class CompanyDomain(Base):
    """A registrable mail domain of a company; never a free-mail domain (S1.17)."""

    __tablename__ = "company_domain"
    __table_args__ = ({"info": {"about": "Firma"}},)

    domain: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id", ondelete="CASCADE"), index=True)


class Person(Base):
    """A natural person. Exists only once somebody confirmed or imported it: no known party, no personal record."""

    __tablename__ = "person"
    __table_args__ = ({"info": {"about": "Person"}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    display_name: Mapped[str]
    search: Mapped[str] = mapped_column(index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    sample: Mapped[bool] = mapped_column(default=False)


class PersonCompany(Base):
    """Which person works with which company, and as what."""

    __tablename__ = "person_company"
    __table_args__ = ({"info": {"about": "Person"}},)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id", ondelete="CASCADE"), primary_key=True)
    function: Mapped[str] = mapped_column(default="")


class ContactPoint(Base):
    """An e-mail address, a number or a WhatsApp user id of a person or, without a person, of a company."""

    __tablename__ = "contact_point"
    __table_args__ = (
        CheckConstraint("person_id IS NOT NULL OR company_id IS NOT NULL", name="owned"),
        {"info": {"about": "Person"}},
    )

    value: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id", ondelete="CASCADE"), index=True)


class PartyRole(Base):
    """Being Kunde or Lieferant belongs to the relation, so one party can be both (S1.31)."""

    __tablename__ = "party_role"
    __table_args__ = (
        CheckConstraint("person_id IS NOT NULL OR company_id IS NOT NULL", name="owned"),
        UniqueConstraint("person_id", "company_id", "category"),
        {"info": {"about": "Person"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id", ondelete="CASCADE"), index=True)
    category: Mapped[Category]
    since: Mapped[datetime] = mapped_column(Instant)
