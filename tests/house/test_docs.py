"""Everything that somebody can meet is documented, and no link in the documents is dead."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from models.errors import PostlotseError
from service import texts
from service.cli import COMMANDS
from service.commands.findings import CODES
from service.config import Config
from service.domain import kpi
from tests.house import licences

REPO = Path(__file__).resolve().parents[2]
DOCS = REPO / "docs"
BETRIEB = DOCS / "betrieb"
PAGES = sorted([REPO / "README.md", REPO / "deploy" / "README.md", *DOCS.rglob("*.md")])

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def text(*files: Path) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def load_everything() -> None:
    for name in ("models", "classifier", "connectors", "service"):
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if module.name.rpartition(".")[2] != "env" and ".versions" not in module.name:
                importlib.import_module(module.name)


def errors(root: type[PostlotseError] = PostlotseError) -> Iterator[type[PostlotseError]]:
    yield root
    for child in root.__subclasses__():
        yield from errors(child)


@cache
def ours() -> frozenset[type[PostlotseError]]:
    load_everything()
    return frozenset(error for error in errors() if error.__module__.split(".")[0] != "tests")


def documented_codes() -> list[str]:
    return re.findall(r"^\| (PL-\d{4}) \|", text(BETRIEB / "fehlercodes.md"), flags=re.MULTILINE)


def test_every_error_code_is_explained_once_and_none_is_invented() -> None:
    raised = {error.code for error in ours()} | set(CODES.values()) | set(texts.ERRORS)

    documented = documented_codes()

    assert sorted(documented) == sorted(set(documented))
    assert set(documented) == raised


def test_the_pages_have_advice_for_every_error_that_is_raised_on_purpose() -> None:
    assert {error.code for error in ours()} <= set(texts.ERRORS)


def test_every_explained_code_has_a_cause_and_a_next_step() -> None:
    for line in text(BETRIEB / "fehlercodes.md").splitlines():
        if line.startswith("| PL-"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert len(cells) == 4, line
            assert all(cells), line


def test_two_errors_share_a_code_only_when_one_is_the_other() -> None:
    for error in ours():
        twins = [other for other in ours() if other.code == error.code and other is not error]
        assert all(issubclass(error, twin) or issubclass(twin, error) for twin in twins), (error, twins)


def test_every_command_stands_in_the_guide_for_operators() -> None:
    guide = text(BETRIEB / "README.md")

    missing = [name for name in COMMANDS if f"`postlotse {name}" not in guide]

    assert missing == []


def test_every_command_and_target_that_a_document_names_exists() -> None:
    told = text(*PAGES)
    makefile = text(REPO / "Makefile")

    commands = set(re.findall(r"(?:`|^|bin/)postlotse ([a-z-]+)", told, flags=re.MULTILINE))
    targets = set(re.findall(r"(?:`|^|sudo )make ([a-z-]+)", told, flags=re.MULTILINE))

    assert commands <= set(COMMANDS)
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, flags=re.MULTILINE)] == []


def test_no_program_names_a_command_that_may_not_be_found_when_it_is_typed() -> None:
    """`config.call` knows how this installation is called; between backticks only the command's name is meant."""
    by_hand = re.compile(rf"(?<![`/\w])postlotse ({'|'.join(COMMANDS)})\b")
    code = [*(REPO / "service").rglob("*.py"), *(REPO / "service").rglob("*.html")]

    assert [str(file) for file in code if by_hand.search(text(file))] == []


def test_a_document_that_a_comment_names_exists() -> None:
    code = [file for name in ("models", "classifier", "connectors", "service") for file in (REPO / name).rglob("*.py")]
    told = text(*code, REPO / "pyproject.toml", REPO / "Makefile")
    ours = {page.name for page in PAGES}

    assert set(re.findall(r"[\w-]+\.md\b", told)) <= ours


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_explains_itself(name: str) -> None:
    module = importlib.import_module(f"service.commands.{COMMANDS[name][0]}")

    assert module.command.help or module.command.get_short_help_str()


def test_every_setting_stands_in_the_example_and_the_ones_named_in_the_documents_exist() -> None:
    settings = {f"POSTLOTSE_{name.upper()}" for name in Config.model_fields}
    example = text(REPO / "deploy" / "env.example")

    # Every setting may also come from a file: the same name with _FILE behind it.
    named = {name.removesuffix("_FILE") for name in re.findall(r"POSTLOTSE_[A-Z_]+[A-Z]", text(*PAGES))}
    named.discard("POSTLOTSE_CONFIG")

    assert [name for name in sorted(settings) if f"#{name}=" not in example] == []
    assert named <= settings


def test_every_key_figure_is_explained_in_the_handbook() -> None:
    handbook = text(DOCS / "handbuch" / "kennzahlen.md")

    missing = [figure.key for figure in kpi.EVERY if f"`{figure.key}`" not in handbook]

    assert missing == []


def test_every_library_of_an_installation_is_listed_with_its_licence() -> None:
    listed = text(licences.FILE)

    missing = [name for name in licences.locked() if f"| {name} |" not in listed]

    assert missing == [], "python -m tests.house.licences --write"


def anchors(file: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", text(file), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_no_link_is_dead(page: Path) -> None:
    for target in _LINK.findall(text(page)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_a_page_begins_with_its_title(page: Path) -> None:
    assert text(page).startswith("# ")
