"""The firm's directory behind the tests of access tokens."""

from collections.abc import Iterator

import pytest

from tests.connectors.calling import SECOND
from tests.directory import KEY, Directory, serving


@pytest.fixture(scope="module")
def served() -> Iterator[Directory]:
    with serving(SECOND) as found:
        yield found


@pytest.fixture
def directory(served: Directory) -> Directory:
    served.metadata, served.keys, served.asked, served.status = {}, [KEY.as_dict(private=False)], [], 200
    return served
