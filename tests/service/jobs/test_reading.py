"""Reading a mailbox: folders that come and go, full mailboxes, sparse items, what is missing, newest first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from connectors.base import Change, Folder, Node, Page, TreePage
from connectors.errors import CursorExpired, Refused, Unreachable
from models.account import Account, Chain
from models.message import Conversation, Message
from models.terms import AccountState
from service.jobs import pull
from service.runtime import Runtime
from service.store import progress
from service.store.chains import TREE
from service.store.progress import MailboxProgress
from tests.factories import mail
from tests.fakes import FakeClock, FakeSource
from tests.service.jobs.conftest import MAILBOX

SOON = timedelta(minutes=11)


def account(runtime: Runtime) -> Account:
    with runtime.look() as turn:
        return turn.session.execute(select(Account).where(Account.address == MAILBOX)).scalar_one()


def stored(runtime: Runtime) -> dict[str, Message]:
    with runtime.look() as turn:
        return {row.source_id: row for row in turn.session.scalars(select(Message))}


def chain(runtime: Runtime, kind: str = "inbox") -> Chain:
    with runtime.look() as turn:
        return turn.session.execute(select(Chain).where(Chain.kind == kind)).scalar_one()


def shown(runtime: Runtime) -> MailboxProgress:
    with runtime.look() as turn:
        return progress.mailboxes(turn)[0]


def test_the_newest_messages_of_a_big_folder_come_before_the_long_rest(runtime: Runtime) -> None:
    old, newest = mail(), mail()
    pages = [Page((old,), "eins", complete=False), Unreachable("weg", 1), Page((newest,), "zwei", complete=True)]
    source = FakeSource({"": pages}, listed=[Page((newest,), "", complete=True, total=2)])

    with pytest.raises(Unreachable):
        pull.account(runtime, MAILBOX, source, None)

    assert stored(runtime).keys() == {old.source_id, newest.source_id}
    assert (shown(runtime).first, shown(runtime).read, shown(runtime).total) == (True, 1, 2)
    assert pull.account(runtime, MAILBOX, source, None) == 0
    assert (shown(runtime).first, len(source.since)) == (False, 1)


def test_what_is_older_than_the_horizon_is_not_stored(runtime: Runtime, clock: FakeClock) -> None:
    old = mail(at=clock.now() - timedelta(days=366))

    new = pull.account(runtime, MAILBOX, FakeSource({"": [Page((old, mail()), "eins", complete=True)]}), None)

    assert new == 1
    assert old.source_id not in stored(runtime)


def test_a_full_mailbox_is_listed_with_a_warning_and_followed_again_later(runtime: Runtime, clock: FakeClock) -> None:
    first, second, third = mail(), mail(), mail()
    full = Refused("voll", "quota")
    source = FakeSource(
        {"": [Page((first,), "eins", complete=True)], "eins": [full, full, Page((third,), "zwei", complete=True)]},
        listed=[Page((first, second), "", complete=True)],
    )
    pull.account(runtime, MAILBOX, source, None)
    read_at = clock.now()

    clock.move(SOON)
    found = pull.account(runtime, MAILBOX, source, None)
    listed_at, warned = clock.now(), account(runtime)
    clock.move(SOON)
    pull.account(runtime, MAILBOX, source, None)
    again = pull.account(runtime, MAILBOX, source, None)

    assert (found, again) == (1, 1)
    assert (warned.state, warned.warning_code, warned.incomplete_since) == (AccountState.BEREIT, "PL-2007", None)
    assert source.since == [read_at - timedelta(days=1), listed_at - timedelta(days=1)]
    assert account(runtime).warning_code == ""
    assert chain(runtime).cursor == "zwei"


def test_a_change_of_an_unknown_message_is_asked_for_whole(runtime: Runtime) -> None:
    known, unknown, elsewhere = mail(), mail(), replace(mail(), folder="bin")
    changes = tuple(Change(MAILBOX, one.source_id, is_read=True) for one in (known, unknown, elsewhere))
    pages = [Page((known,), "eins", complete=False), Page((), "zwei", complete=True, changes=changes)]
    source = FakeSource({"": pages}, mailbox=[unknown, elsewhere])

    pull.account(runtime, MAILBOX, source, None)

    assert source.looked_up == [unknown.source_id, elsewhere.source_id]
    assert stored(runtime).keys() == {known.source_id, unknown.source_id}
    assert stored(runtime)[known.source_id].is_read


def test_a_message_that_left_is_asked_for_after_two_rounds_and_then_removed(runtime: Runtime) -> None:
    gone, back = mail(), mail()
    left = (gone.source_id, back.source_id)
    pages = [Page((gone, back), "eins", complete=False), Page((), "zwei", complete=True, removed=left)]
    source = FakeSource({"": pages, "zwei": [Page((), "zwei", complete=True)]}, mailbox=[back])

    for _ in range(6):
        pull.account(runtime, MAILBOX, source, None)

    assert sorted(source.looked_up) == sorted(left)
    rows = stored(runtime)
    assert (rows[gone.source_id].removed_at is None, rows[back.source_id].removed_at is None) == (False, True)


def test_after_an_expired_link_what_the_full_round_did_not_meet_is_asked_for(runtime: Runtime) -> None:
    kept, gone = mail(), mail()
    pull.account(runtime, MAILBOX, FakeSource({"": [Page((kept, gone), "alt", complete=True)]}), None)
    pages = [Page((kept,), "mitte", complete=False), CursorExpired("410"), Page((), "neu", complete=True)]
    source = FakeSource({"alt": [CursorExpired("410")], "": pages, "neu": [Page((), "neu", complete=True)]})

    pull.account(runtime, MAILBOX, source, None)
    on_the_way = stored(runtime)[kept.source_id].missing_round
    for _ in range(5):
        pull.account(runtime, MAILBOX, source, None)

    assert on_the_way is None
    assert {key: row.removed_at is None for key, row in stored(runtime).items()} == {
        kept.source_id: True,
        gone.source_id: False,
    }
    assert chain(runtime).restarted_at is not None


def test_another_selection_starts_a_full_round_in_which_nothing_is_lost(runtime: Runtime) -> None:
    record = mail()
    source = FakeSource({"": [Page((record,), "eins", complete=True)]})
    pull.account(runtime, MAILBOX, source, None)
    source.version = 2

    pull.account(runtime, MAILBOX, source, None)

    assert source.asked == ["", ""]
    assert chain(runtime).select_version == 2
    assert stored(runtime)[record.source_id].missing_round is None


class Trees(FakeSource):
    """Folders that change: one tree per look, each whole."""

    def __init__(self, trees: list[tuple[tuple[Node, ...], tuple[str, ...]] | Exception]) -> None:
        super().__init__({})
        self.trees = trees
        self.read: list[str] = []
        self.missing: set[str] = set()

    def tree(self, account: str, cursor: str) -> Iterator[TreePage]:
        step = self.trees.pop(0) if self.trees else ((), ())
        if isinstance(step, Exception):
            raise step
        yield TreePage(step[0], "baum", complete=True, removed=step[1])

    def pages(self, account: str, folder: Folder, cursor: str) -> Iterator[Page]:
        if folder.id in self.missing:
            raise Refused("weg", "missing")
        self.read.append(folder.id)
        records = (mail(source_id=f"in-{folder.id}", folder=folder.id),) if not cursor else ()
        yield Page(records, "eins", complete=True)


ROOT = (Node("inbox", "root"), Node("bin", "root"))


def test_folders_that_appear_move_and_vanish_are_followed_while_reading(runtime: Runtime, clock: FakeClock) -> None:
    below = (Node("neu", "inbox"),)
    source = Trees([(ROOT, ()), (below, ()), ((Node("neu", "bin"),), ()), (below, ()), ((), ("neu",))])
    read = []

    for _ in range(5):
        source.read.clear()
        pull.account(runtime, MAILBOX, source, None)
        read.append(sorted(source.read))
        clock.move(SOON)

    assert read == [["inbox"], ["inbox", "neu"], ["inbox"], ["inbox", "neu"], ["inbox"]]
    assert stored(runtime)["in-neu"].missing_round is not None


def test_a_look_at_the_tree_is_due_only_now_and_then(runtime: Runtime, clock: FakeClock) -> None:
    source = Trees([(ROOT, ()), ((Node("neu", "inbox"),), ())])
    pull.account(runtime, MAILBOX, source, None)

    pull.account(runtime, MAILBOX, source, None)
    before = len(source.trees)
    clock.move(SOON)
    pull.account(runtime, MAILBOX, source, None)

    assert (before, len(source.trees)) == (1, 0)


def test_a_tree_whose_link_expired_is_read_anew_and_forgets_what_is_gone(runtime: Runtime, clock: FakeClock) -> None:
    source = Trees([((*ROOT, Node("alt", "inbox")), ()), CursorExpired("410"), (ROOT, ())])
    pull.account(runtime, MAILBOX, source, None)
    clock.move(SOON)

    source.read.clear()
    pull.account(runtime, MAILBOX, source, None)

    assert source.read == ["inbox"]
    assert chain(runtime, TREE).cursor == "baum"


def test_a_tree_that_never_comes_whole_is_a_disturbance(runtime: Runtime) -> None:
    with pytest.raises(Unreachable):
        pull.account(runtime, MAILBOX, Trees([CursorExpired("410") for _ in range(9)]), None)

    assert account(runtime).state is AccountState.GESTOERT


def test_a_folder_that_is_gone_does_not_stop_the_mailbox_and_a_missing_inbox_does(runtime: Runtime) -> None:
    source = Trees([((*ROOT, Node("neu", "inbox")), ()), ((), ("neu",))])
    source.missing = {"neu"}

    pull.account(runtime, MAILBOX, source, None)
    ready = account(runtime)
    source.missing = {"inbox"}
    pull.account(runtime, MAILBOX, source, None)
    lost = account(runtime)

    assert (ready.state, ready.error_code) == (AccountState.BEREIT, "")
    assert (lost.state, lost.error_code) == (AccountState.ANGEHALTEN, "PL-2008")
    assert lost.incomplete_since == ready.last_ok_at


@pytest.mark.parametrize(
    ("why", "code"), [("token", "PL-2002"), ("mailbox", "PL-2006"), ("access", "PL-2009"), ("request", "PL-2002")]
)
def test_each_refusal_is_a_named_state_with_the_age_of_the_last_success(
    runtime: Runtime, clock: FakeClock, why: str, code: str
) -> None:
    source = FakeSource({"": [Page((mail(),), "eins", complete=True)], "eins": [Refused("nein", why)]})
    pull.account(runtime, MAILBOX, source, None)
    read_at = clock.now()
    clock.move(timedelta(hours=3))

    pull.account(runtime, MAILBOX, source, None)
    refused = account(runtime)
    clock.move(timedelta(hours=3))
    pull.account(runtime, MAILBOX, source, None)

    assert (refused.state, refused.error_code) == (AccountState.ANGEHALTEN, code)
    assert (refused.last_ok_at, refused.incomplete_since) == (read_at, read_at)
    assert (account(runtime).incomplete_since, account(runtime).last_ok_at) == (None, clock.now())


def test_unreadable_items_are_counted_and_a_full_round_starts_no_clock_anew(runtime: Runtime) -> None:
    record = mail()
    pages = [Page((record,), "eins", complete=True, damaged=2)]
    pull.account(runtime, MAILBOX, FakeSource({"": pages}), None)
    source = FakeSource({"eins": [CursorExpired("410")], "": [Page((record,), "zwei", complete=True)]})
    with runtime.look() as turn:
        before = turn.session.execute(select(Conversation.waiting_since, Conversation.due_at)).one()

    pull.account(runtime, MAILBOX, source, None)

    with runtime.look() as turn:
        assert turn.session.execute(select(Conversation.waiting_since, Conversation.due_at)).one() == before
    assert shown(runtime).folders[0].damaged == 2
