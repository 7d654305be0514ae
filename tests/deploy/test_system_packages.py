"""The script for Debian packages: installs only what is missing, names the command where it may not, goes on anyway."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tests" / "system.sh"
TOOLS = ("sh", "date", "mktemp", "rm", "tail", "cat", "sed")


class Machine:
    """A machine with stand-ins for dpkg and apt; `log` tells what apt was asked to do."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.log = folder / "log"
        self.bin.mkdir()
        for name in TOOLS:
            self.put(name, f'exec /bin/{name} "$@"' if name != "sh" else 'exec /bin/sh "$@"')

    def put(self, name: str, line: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{line}\n")
        (self.bin / name).chmod(0o755)

    def debian(self, *, installed: str = "", user: int = 0, apt: int = 0, unknown: str = "") -> "Machine":
        self.put("dpkg", "exit 0")
        self.put("id", f"echo {user}")
        self.put(
            "dpkg-query",
            f'for last; do :; done; case " {installed} " in *" $last "*) echo installed;; *) exit 1;; esac',
        )
        self.put("apt-cache", f'case " {unknown} " in *" $2 "*) exit 100;; esac')
        self.put("apt-get", f'echo "$@" >> {self.log}; exit {apt}')
        return self

    def run(self, *packages: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", str(SCRIPT), *packages],
            capture_output=True,
            text=True,
            env={"PATH": str(self.bin)},
            check=False,
        )

    @property
    def asked(self) -> str:
        return self.log.read_text() if self.log.exists() else ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_root_gets_only_what_is_missing(machine: Machine) -> None:
    done = machine.debian(installed="chromium").run("chromium", "postgresql", "fonts-dejavu-core")

    assert done.returncode == 0, done.stderr
    assert machine.asked.splitlines() == [
        "update",
        "install --yes --no-install-recommends postgresql fonts-dejavu-core",
    ]


@pytest.mark.parametrize(("unknown", "chosen"), [("", "light"), ("light", "heavy")])
def test_a_second_choice_is_taken_where_nobody_offers_the_first(machine: Machine, unknown: str, chosen: str) -> None:
    done = machine.debian(installed="heavy", unknown=unknown).run("light|heavy")

    assert done.returncode == 0, done.stderr
    assert machine.asked.splitlines()[1] == f"install --yes --no-install-recommends {chosen}"


def test_who_may_not_install_is_content_with_the_second_choice(machine: Machine) -> None:
    there = machine.debian(user=1000, installed="heavy").run("light|heavy")
    missing = machine.debian(user=1000).run("light|heavy", "postgresql")

    assert "alle da" in there.stderr
    assert "sudo apt-get install --no-install-recommends light postgresql\n" in missing.stderr


def test_apt_is_left_alone_when_everything_is_there(machine: Machine) -> None:
    done = machine.debian(installed="chromium postgresql").run("chromium", "postgresql")

    assert done.returncode == 0
    assert "alle da" in done.stderr
    assert machine.asked == ""


def test_others_are_told_the_one_command_and_the_tests_go_on(machine: Machine) -> None:
    done = machine.debian(user=1000).run("chromium")

    assert done.returncode == 0
    assert "sudo apt-get install --no-install-recommends chromium" in done.stderr
    assert machine.asked == ""


def test_a_failing_apt_is_told_and_the_tests_go_on(machine: Machine) -> None:
    done = machine.debian(apt=100).run("chromium")

    assert done.returncode == 0
    assert "ließen sich nicht installieren" in done.stderr


def test_a_machine_without_apt_is_told_what_will_be_skipped(machine: Machine) -> None:
    done = machine.run("chromium")

    assert done.returncode == 0
    assert "kein apt" in done.stderr
    assert "chromium" in done.stderr
