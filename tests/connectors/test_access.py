"""An access token opens the API when everything about it is right, and not otherwise."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from connectors import access
from connectors.errors import Refused, Unreachable
from connectors.identity import Access
from service.config import Config
from tests.conftest import NOW
from tests.connectors.calling import ADDIN, API, SCOPE, SECOND, claims, door, held, refused
from tests.directory import CLIENT, FOREIGN, KEY, OTHER, TENANT, Directory, signed


def test_a_good_token_names_the_member_by_issuer_and_lasting_id(directory: Directory) -> None:
    found = door(directory).access(signed(claims(directory)), NOW)

    assert found == Access(directory.url, "a1", ADDIN, member=True)


def test_a_provider_without_tenants_is_understood(directory: Directory) -> None:
    told = claims(
        directory, tid=None, oid=None, ver=None, azp=None, scp=None, client_id="crm", scope=f"openid {SCOPE}", sub="s1"
    )

    found = door(directory, oidc_tenants="").access(signed(told, typ="at+jwt"), NOW)

    assert found == Access(directory.url, "s1", "crm", member=True)


def test_a_program_comes_with_its_application_roles(directory: Directory) -> None:
    told = claims(directory, scp=None, roles=["kpis"], idtyp="app", azp="crm")

    found = door(directory).access(signed(told), NOW)

    assert (found.member, found.roles) == (False, frozenset({"kpis"}))


def test_two_clocks_may_differ_by_a_minute(directory: Directory) -> None:
    opened = door(directory)

    opened.access(signed(claims(directory, exp=SECOND - 59)), NOW)
    opened.access(signed(claims(directory, nbf=SECOND + 60, iat=SECOND + 60)), NOW)


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://boese.example"},
    "the issuer with a slash": {"iss": "SLASH"},
    "issuer of another tenant": {"iss": f"https://login.microsoftonline.com/{FOREIGN}/v2.0"},
    "version 1 issuer": {"iss": f"https://sts.windows.net/{TENANT}/"},
    "no issuer": {"iss": None},
    "issuer as a list": {"iss": ["x"]},
    "another audience": {"aud": "andere"},
    "our sign-in as audience": {"aud": CLIENT},
    "audience with a scheme": {"aud": f"api://{API}"},
    "no audience": {"aud": None},
    "audience as object": {"aud": {"a": API}},
    "expired": {"exp": SECOND - 60},
    "long expired": {"exp": 1},
    "no end": {"exp": None},
    "end as text": {"exp": str(SECOND + 3600)},
    "end without end": {"exp": 1e300},
    "end as truth": {"exp": True},
    "not yet": {"nbf": SECOND + 61},
    "begins as text": {"nbf": "gestern"},
    "made in the future": {"iat": SECOND + 61},
    "another tenant": {"tid": FOREIGN},
    "no tenant": {"tid": None},
    "tenant as a list": {"tid": [TENANT]},
    "no lasting id": {"oid": None},
    "endless lasting id": {"oid": "x" * 300},
    "version 1": {"ver": "1.0"},
    "version as number": {"ver": 2.0},
    "no version": {"ver": None},
    "a program that is not allowed": {"azp": "fremd"},
    "our own sign-in, which is not on the list": {"azp": CLIENT},
    "no program": {"azp": None},
    "program of version 1 only, not allowed": {"azp": None, "appid": "fremd"},
    "two programs, one not allowed": {"appid": "fremd"},
    "program as a list": {"azp": [ADDIN]},
    "neither scope nor role": {"scp": None},
    "empty scope": {"scp": ""},
    "nonce of a sign-in": {"nonce": "n"},
    "digest of an access token": {"at_hash": "x"},
    "digest of a code": {"c_hash": "x"},
    "roles of a user without a scope": {"scp": None, "roles": ["Admin"], "idtyp": "user"},
    "roles as object": {"scp": None, "roles": {"kpis": 1}},
}


@pytest.mark.parametrize("name", WRONG)
def test_one_wrong_claim_is_enough(directory: Directory, name: str) -> None:
    changed = {key: f"{directory.url}/" if value == "SLASH" else value for key, value in WRONG[name].items()}

    assert refused(door(directory), signed(claims(directory, **changed))) == "token"


def test_a_genuine_token_for_something_else_lacks_the_scope(directory: Directory) -> None:
    opened = door(directory)

    assert refused(opened, signed(claims(directory, scp="User.Read"))) == "scope"
    assert refused(opened, signed(claims(directory, scp=f"x{SCOPE} {SCOPE}x"))) == "scope"
    assert refused(opened, signed(claims(directory, scp="User.Read", roles=["kpis"]))) == "scope"


def test_the_id_token_of_a_sign_in_opens_nothing(directory: Directory) -> None:
    opened = door(directory, oidc_api_audience=CLIENT, oidc_api_clients="")

    assert refused(opened, signed(directory.claims("n"))) == "token"
    assert refused(opened, signed(directory.claims("n", azp=CLIENT, ver="2.0"))) == "token"


def test_without_an_audience_no_token_is_taken(directory: Directory) -> None:
    assert refused(door(directory, oidc_api_audience=""), signed(claims(directory, aud=""))) == "token"


def test_without_a_list_only_our_own_registration_may_call(directory: Directory) -> None:
    opened = door(directory, oidc_api_clients="")

    assert opened.access(signed(claims(directory, azp=CLIENT)), NOW).client == CLIENT
    assert refused(opened, signed(claims(directory))) == "token"


def test_tokens_of_several_tenants_count_when_theirs_is_on_the_list(directory: Directory) -> None:
    directory.metadata = {"issuer": directory.url + "/{tenantid}/v2.0"}
    opened = door(directory)
    good = f"{directory.url}/{TENANT}/v2.0"

    assert opened.access(signed(claims(directory, iss=good)), NOW).issuer == good
    for told in (
        claims(directory, iss=f"{directory.url}/{FOREIGN}/v2.0", tid=FOREIGN),
        claims(directory, iss=f"{directory.url}/{FOREIGN}/v2.0"),
        claims(directory, iss=directory.url + "/{tenantid}/v2.0"),
        claims(directory, iss=directory.url + "//v2.0", tid=""),
    ):
        assert refused(opened, signed(told)) == "token"


def test_the_tenant_of_the_issuer_counts_where_none_is_listed_at_entra() -> None:
    issuer = f"https://login.microsoftonline.com/{TENANT}/v2.0"
    ring = held(issuer, [KEY.as_dict(private=False)])
    given_ = Config(oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_api_audience=API, oidc_api_clients=ADDIN)
    told = claims(Directory(url=issuer))

    assert access.check(signed(told), given_, ring, NOW).member
    for wrong in ({"tid": FOREIGN}, {"ver": "1.0"}, {"oid": None}):
        with pytest.raises(Refused):
            access.check(signed({k: v for k, v in (told | wrong).items() if v is not None}), given_, ring, NOW)


def test_new_keys_are_fetched_once_for_all_who_need_them_and_not_by_every_forgery(directory: Directory) -> None:
    opened = door(directory)
    opened.access(signed(claims(directory)), NOW)
    directory.keys.append(OTHER.as_dict(private=False))
    later = NOW + timedelta(minutes=2)
    token = signed(claims(directory), OTHER)
    found: list[Access] = []

    threads = [threading.Thread(target=lambda: found.append(opened.access(token, later))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(20):
        with pytest.raises(Refused):
            opened.access(signed(claims(directory), kid=f"erfunden-{number}"), later)

    assert len(found) == 8
    assert directory.asked.count("/keys") == 2


def test_known_keys_go_on_for_a_day_when_the_directory_is_silent(directory: Directory) -> None:
    opened = door(directory)
    token = signed(claims(directory, exp=SECOND + 10 * 86_400))
    opened.access(token, NOW)
    directory.metadata = {"authorization_endpoint": "x" * 600_000}
    opened._keyring._issuer = "http://127.0.0.1:9"

    opened.access(token, NOW + timedelta(hours=2))
    opened.access(token, NOW + timedelta(hours=2, seconds=30))

    with pytest.raises(Unreachable):
        opened.access(token, NOW + timedelta(hours=26))


def test_an_endless_answer_of_the_directory_is_not_read(directory: Directory) -> None:
    directory.metadata = {"authorization_endpoint": f"{directory.url}/{'x' * 600_000}"}

    with pytest.raises(Refused):
        door(directory).access(signed(claims(directory)), NOW)
