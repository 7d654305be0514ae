"""All tables at once, for those who need the whole schema: migrations, the engine, the column registry's test."""

from sqlalchemy import MetaData, Table

from models.account import Account, Chain
from models.base import Base
from models.chat import ChatEvent, ChatName, ChatPerson, ChatTwin, ChatWatch, Gap, MessageStatus
from models.clock_event import ClockEvent
from models.decision import Confirmation, Decision
from models.duty import (
    Absence,
    Deputy,
    DeputyGrant,
    MemberAccount,
    Notice,
    Presence,
    Team,
    TeamAccount,
    TeamMember,
)
from models.export import Export, ExportPart, FigureGroup
from models.inbox import Inbox
from models.job import Job, Schedule
from models.key import SenderKey
from models.learning import ModelVersion, Observation, Recheck, Rule
from models.message import Conversation, Message, Recipient
from models.party import Company, CompanyDomain, CompanyNumber, ContactPoint, PartyRole, Person, PersonCompany
from models.review import MonthClose, MonthFigure, Review, ReviewStep, Sample
from models.sending import OptOut, Sending, Template
from models.setting import Setting
from models.staff import LoginLink, Member, MemberIdentity, ServiceToken, WebSession
from models.subscription import Subscription
from models.tally import Closure, FirmDay, Histogram, StandingDay, Tally, WorkTally
from models.trail import Trail

ENTITIES: tuple[type[Base], ...] = (
    Account,
    Chain,
    Company,
    CompanyDomain,
    CompanyNumber,
    Person,
    PersonCompany,
    ContactPoint,
    PartyRole,
    Member,
    MemberIdentity,
    LoginLink,
    WebSession,
    ServiceToken,
    Conversation,
    Message,
    Recipient,
    SenderKey,
    Confirmation,
    Decision,
    ClockEvent,
    Tally,
    WorkTally,
    Histogram,
    StandingDay,
    FirmDay,
    Closure,
    Setting,
    Inbox,
    Job,
    Schedule,
    Trail,
    MemberAccount,
    Team,
    TeamAccount,
    TeamMember,
    Deputy,
    Absence,
    DeputyGrant,
    Notice,
    Presence,
    Subscription,
    MessageStatus,
    ChatEvent,
    ChatPerson,
    ChatName,
    ChatTwin,
    ChatWatch,
    Gap,
    Rule,
    ModelVersion,
    Recheck,
    Observation,
    Review,
    ReviewStep,
    Sample,
    MonthClose,
    MonthFigure,
    Template,
    Sending,
    OptOut,
    Export,
    ExportPart,
    FigureGroup,
)

METADATA: MetaData = Base.metadata


def tables() -> tuple[Table, ...]:
    """Return every table in an order in which parents stand before children."""
    return tuple(METADATA.sorted_tables)
