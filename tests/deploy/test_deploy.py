"""What stands in deploy/ holds together, as far as this can be told without an engine that builds images."""

import configparser
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from service.config import Config
from service.store import schema
from service.store.engine import Database

REPO = Path(__file__).resolve().parents[2]
DEPLOY = REPO / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("postlotse*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
COMPOSE = sorted(DEPLOY.glob("compose*.yaml"))
SETTINGS = {f"POSTLOTSE_{name.upper()}" for name in Config.model_fields}


def tool(name: str) -> str:
    """Return the path of a program, or skip: it is not on every desk."""
    return shutil.which(name) or pytest.skip(f"{name} is not installed")


@pytest.fixture
def placed(tmp_path: Path) -> list[Path]:
    """The units as they would stand on a server whose /opt/postlotse is this folder."""
    (tmp_path / "units").mkdir()
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/postlotse", str(REPO))
        (tmp_path / "units" / unit.name).write_text(text, encoding="utf-8")
    return sorted((tmp_path / "units").iterdir())


def test_the_units_are_clean(placed: list[Path]) -> None:
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", "--man=no", *map(str, placed)], capture_output=True, text=True, check=False
    )

    told = [line for line in done.stderr.splitlines() if "postlotse" in line]
    assert told == []
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_the_services_are_locked_in(unit: Path) -> None:
    done = subprocess.run(
        [tool("systemd-analyze"), "security", "--offline=true", "--threshold=20", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-500:] + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_names_commands_that_exist(unit: Path) -> None:
    from service.cli import COMMANDS

    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(unit, encoding="utf-8")

    start = parser.get("Service", "ExecStart", fallback="").replace("/opt/postlotse/", "").split()

    if start and start[0].endswith("bin/postlotse"):
        assert start[1] in COMMANDS
    elif start:
        assert (REPO / start[0]).is_file()


def test_caddy_accepts_its_configuration(tmp_path: Path) -> None:
    command = [tool("caddy"), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "caddy" / "Caddyfile")]
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}

    done = subprocess.run(command, capture_output=True, text=True, check=False, env=home)

    assert done.returncode == 0, done.stderr


def test_caddy_lets_the_largest_webhook_through() -> None:
    text = (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8")

    limit = re.search(r"max_size (\d+)MB", text)

    assert limit is not None
    assert int(limit[1]) > 3


def test_the_headers_of_the_pages_are_not_set_twice() -> None:
    text = (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8")

    assert not re.search(r"Strict-Transport|Content-Security|X-Frame", text)


def parsed(file: Path) -> dict:
    """Parse YAML with any Python on this machine that can; skip where none can."""
    script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
    for python in filter(None, map(shutil.which, ("/usr/bin/python3", "python3"))):
        done = subprocess.run([python, "-c", script, str(file)], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return json.loads(done.stdout)
        if "No module named" not in done.stderr:
            pytest.fail(done.stderr)
    pytest.skip("no Python with PyYAML on this machine")


@pytest.mark.parametrize("file", COMPOSE, ids=lambda file: file.name)
def test_a_compose_file_can_be_read_and_every_reference_in_it_resolves(file: Path) -> None:
    content = parsed(file)
    services = content["services"]

    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in content["volumes"]
        if "build" in service:
            assert (REPO / service["build"]["dockerfile"]).is_file()
            assert set(service["environment"]) <= SETTINGS


@pytest.mark.parametrize("file", COMPOSE, ids=lambda file: file.name)
def test_only_caddy_is_reachable_from_outside(file: Path) -> None:
    open_to_all = [name for name, service in parsed(file)["services"].items() if "ports" in service]

    assert open_to_all == ["caddy"]


@pytest.mark.parametrize("file", COMPOSE, ids=lambda file: file.name)
def test_docker_accepts_the_compose_file(file: Path, tmp_path: Path) -> None:
    docker = tool("docker")
    if subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not installed")
    place = tmp_path / "deploy"
    shutil.copytree(DEPLOY, place)
    (place / "postlotse.env").write_text("")
    (place / ".env").write_text("POST_DOMAIN=post.example\nPOSTGRES_PASSWORD=x\n")

    done = subprocess.run(
        [docker, "compose", "-f", str(place / file.name), "config", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("file", [*COMPOSE, *UNITS, DEPLOY / "Dockerfile", DEPLOY / "backup.sh"], ids=lambda f: f.name)
def test_every_setting_named_in_deploy_exists(file: Path) -> None:
    named = set(re.findall(r"POSTLOTSE_[A-Z_]+", file.read_text(encoding="utf-8")))

    assert named <= SETTINGS


def test_the_image_copies_only_what_exists_and_leaves_the_root_user() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    sources = [
        part for line in re.findall(r"^COPY (?!--from)(.+)$", text, flags=re.MULTILINE) for part in line.split()[:-1]
    ]

    assert all((REPO / source).exists() for source in sources)
    assert "--require-hashes" in text
    assert re.search(r"^USER postlotse$", text, flags=re.MULTILINE)
    assert "HEALTHCHECK" in text
    assert {"models", "classifier", "connectors", "service"} <= set(sources)


@pytest.mark.parametrize(
    "script", ["deploy/backup.sh", "deploy/postlotse", "deploy/install.sh", "tests/system.sh", "tests/run.sh"]
)
def test_the_scripts_parse_in_the_plainest_shell(script: str) -> None:
    done = subprocess.run(["/bin/sh", "-n", str(REPO / script)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_command_on_the_server_refuses_settings_that_sudo_would_drop() -> None:
    done = subprocess.run(
        ["/bin/sh", str(DEPLOY / "postlotse"), "restore", "copy.db"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "POSTLOTSE_DATA_DIR": "/nowhere"},
        check=False,
    )

    assert done.returncode == 1
    assert "/etc/postlotse/postlotse.env" in done.stderr


def test_the_command_on_the_server_takes_the_folder_and_the_user_of_the_service() -> None:
    unit = (DEPLOY / "systemd" / "postlotse.service").read_text(encoding="utf-8")
    script = (DEPLOY / "postlotse").read_text(encoding="utf-8")
    user = re.search(r"^User=(\w+)$", unit, flags=re.MULTILINE)
    folder = re.search(r"POSTLOTSE_DATA_DIR=(\S+)", unit)
    file = re.search(r"^EnvironmentFile=(\S+)$", unit, flags=re.MULTILINE)

    assert user is not None
    assert f"runuser -u {user[1]} " in script
    assert folder is not None
    assert f"POSTLOTSE_DATA_DIR={folder[1]} " in script
    assert file is not None
    assert f"POSTLOTSE_CONFIG={file[1]} " in script


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder as /opt/postlotse would be: the script, and the command beside it."""
    home = tmp_path / "home"
    (home / "deploy").mkdir(parents=True)
    shutil.copy(DEPLOY / "backup.sh", home / "deploy" / "backup.sh")
    programs = home / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, line in (("postlotse", f'{sys.executable} -m service.cli "$@"'), ("python", f'{sys.executable} "$@"')):
        (programs / name).write_text(f'#!/bin/sh\ncd "{REPO}" && exec {line}\n')
        (programs / name).chmod(0o755)
    return home


def back_up(home: Path, **environment: object) -> subprocess.CompletedProcess[str]:
    given = {"PATH": "/usr/bin:/bin", **{name: str(value) for name, value in environment.items()}}
    script = str(home / "deploy" / "backup.sh")
    return subprocess.run(["/bin/sh", script], capture_output=True, text=True, env=given, check=False)


@pytest.mark.unmeasured
@pytest.mark.slow
def test_the_backup_script_makes_a_copy_and_throws_only_its_own_old_ones_away(home: Path, tmp_path: Path) -> None:
    data, target = tmp_path / "var", tmp_path / "backups"
    database = Database(f"sqlite:///{data / 'postlotse.db'}")
    schema.upgrade(database)
    database.dispose()
    target.mkdir()
    for name in ("postlotse-20200101T000000Z.db", "other.db"):
        (target / name).write_text("old")
        subprocess.run(["touch", "-d", "2020-01-01", str(target / name)], check=True)

    done = back_up(home, POSTLOTSE_DATA_DIR=data, BACKUP_DIR=target)

    assert done.returncode == 0, done.stderr
    left = sorted(file.name for file in target.iterdir())
    assert left[0] == "other.db"
    assert len(left) == 2
    assert sqlite3.connect(target / left[1]).execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert (data / "letzte-sicherung").exists()


@pytest.mark.slow
def test_a_failing_backup_keeps_the_old_copies_and_says_so(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "backups"
    target.mkdir()
    (target / "postlotse-20200101T000000Z.db").write_text("old")
    subprocess.run(["touch", "-d", "2020-01-01", str(target / "postlotse-20200101T000000Z.db")], check=True)

    done = back_up(home, POSTLOTSE_DATA_DIR=tmp_path / "var", BACKUP_DIR=target)

    assert done.returncode != 0
    assert "noch keine Datenbank" in done.stderr
    assert (target / "postlotse-20200101T000000Z.db").exists()


@pytest.mark.postgres
def test_the_backup_script_dumps_postgresql_without_the_password_in_a_process_list(
    home: Path, tmp_path: Path, cluster: str, template: str
) -> None:
    tool("pg_dump")
    (tmp_path / "var").mkdir()
    url = f"{cluster}/{template}".replace("@", ":ein%20Wort@", 1)

    done = back_up(
        home, POSTLOTSE_DATA_DIR=tmp_path / "var", BACKUP_DIR=tmp_path / "backups", POSTLOTSE_DATABASE_URL=url
    )

    assert done.returncode == 0, done.stderr
    assert [file.suffix for file in (tmp_path / "backups").iterdir()] == [".dump"]
    assert (tmp_path / "var" / "letzte-sicherung").exists()
