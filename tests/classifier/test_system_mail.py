"""Bounces and automatic replies."""

import pytest

from classifier.system_mail import is_system
from models.record import HeaderFlags
from tests.factories import mail

MARKS = [
    HeaderFlags(auto_submitted="auto-replied"),
    HeaderFlags(auto_submitted=" Auto-Generated (failure)"),
    HeaderFlags(auto_response_suppress="All"),
    HeaderFlags(return_path_null=True),
    HeaderFlags(content_type="Multipart/Report; report-type=delivery-status"),
]


@pytest.mark.parametrize("flags", MARKS)
def test_each_mark_of_a_machine_is_enough(flags: HeaderFlags) -> None:
    assert is_system(mail(flags=flags))


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@muster.de", "postmaster@muster.de"])
def test_robots_are_known_by_their_box(sender: str) -> None:
    assert is_system(mail(sender, flags=None))


def test_a_connector_may_know_better() -> None:
    assert is_system(mail(automated=True))


@pytest.mark.parametrize(
    "flags", [None, HeaderFlags(), HeaderFlags(auto_submitted="no"), HeaderFlags(auto_response_suppress="None")]
)
def test_a_person_is_no_machine(flags: HeaderFlags | None) -> None:
    assert not is_system(mail(flags=flags))
