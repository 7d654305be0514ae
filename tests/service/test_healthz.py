"""What a supervisor asks: the process answers, and says so when its database does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service import app, runtime
from service.config import Config
from service.runtime import Runtime


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Runtime]:
    process = runtime.start(Config(data_dir=tmp_path, worker=False))
    yield process
    process.database.dispose()


@pytest.fixture
def client(process: Runtime) -> FlaskClient:
    return app.make_flask(process).test_client()


def test_a_healthy_process_answers_without_sign_in(client: FlaskClient) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_process_without_its_database_answers_503(client: FlaskClient, process: Runtime, tmp_path: Path) -> None:
    process.database.dispose()
    for file in tmp_path.glob("postlotse.db*"):
        file.unlink()
    (tmp_path / "postlotse.db").mkdir()

    answer = client.get("/healthz")

    assert answer.status_code == 503


def test_a_foreign_host_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
