"""What the documents say is so: templates pass the lint, commands exist, links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import discord
import msgspec
import pytest
import yaml

from bot import __version__
from bot.cli import _parser
from bot.core.check import check
from bot.core.expert import Expert
from bot.core.knowledge import load, model
from bot.core.reply import Outcome
from tools import pictures, settings_table

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / ".env.example")
    if path.name != "CHANGELOG.md"
]
KINDS: dict[str, type[msgspec.Struct]] = {
    "sources": model.Source,
    "concepts": model.Concept,
    "questions": model.Question,
    "misconceptions": model.Misconception,
    "corrections": model.Correction,
    "comparisons": model.Comparison,
    "homonyms": model.Homonym,
    "words": model.Word,
    "glossary": model.GlossaryTerm,
    "base": model.Base,
}


def blocks(path: Path, language: str) -> list[str]:
    """Fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", path.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def templates() -> dict[str, str]:
    """File name inside a base to the template's text."""
    found = {}
    for text in blocks(ROOT / "CONTRIBUTING.md", "yaml"):
        place = re.match(r"# knowledge/(\S+\.yaml)\n", text)
        assert place, f"a template says in its first line where it belongs: {text[:60]}"
        found[place[1]] = text
    return found


def commands() -> list[tuple[str, str]]:
    """(document, line) of everything that a reader is told to type."""
    return [
        (str(path.relative_to(ROOT)), line.strip())
        for path in DOCUMENTS
        for block in blocks(path, "sh")
        for line in block.splitlines()
        if line.strip()
    ]


@pytest.fixture
def base_of_templates(tmp_path: Path) -> Path:
    for name, text in templates().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_there_is_a_template_for_each_kind_of_entry() -> None:
    assert {Path(name).parts[0].removesuffix(".yaml") for name in templates()} == {*KINDS, "relations"}


def test_the_templates_are_a_base_without_problems(base_of_templates: Path) -> None:
    # A template grows old like any entry, and no contributor should be stopped by that.
    assert [str(p) for p in check(base_of_templates) if p.rule != "KB051"] == []


def test_the_base_of_the_templates_answers(base_of_templates: Path) -> None:
    expert = Expert(load(base_of_templates))
    for question in expert.base.questions.values():
        for asked in (question.title.en, question.title.hi):
            assert expert.ask(asked).entry == question.id
    for belief in expert.base.misconceptions.values():
        assert expert.ask(belief.worded.en[0]).misconceptions[0].belief == belief.belief.en
    for homonym in expert.base.homonyms.values():
        assert expert.ask(f"who wrote {homonym.phrases[0]}?").outcome is Outcome.NO_ANSWER


def test_the_templates_use_kinds_of_relations_that_exist() -> None:
    real = yaml.safe_load((ROOT / "knowledge" / "relations.yaml").read_text("utf-8"))
    shown = yaml.safe_load(templates()["relations.yaml"])
    assert {kind["id"] for kind in shown["types"]} <= {kind["id"] for kind in real["types"]}


@pytest.mark.parametrize("kind", KINDS)
def test_the_templates_name_every_field(kind: str) -> None:
    text = next(text for name, text in templates().items() if Path(name).parts[0].removesuffix(".yaml") == kind)
    for field in msgspec.structs.fields(KINDS[kind]):
        assert re.search(rf"[-{{#, ]\s*{re.escape(field.encode_name)}:|^{field.encode_name}:", text, re.MULTILINE), (
            field.encode_name
        )


@pytest.mark.parametrize(("document", "line"), commands())
def test_commands_exist(document: str, line: str) -> None:
    words = shlex.split(line, comments=True)
    match words:
        case ["make", *targets]:
            known = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
            assert targets
            assert set(targets) <= set(known)
        case [".venv/bin/python" | "python", "-m", "bot", *arguments] | ["hypervisor-expert", *arguments]:
            _parses(arguments)
        case [".venv/bin/python", "-m", tool, *_] if tool.startswith("tools."):
            assert (ROOT / f"{tool.replace('.', '/')}.py").is_file()
        case ["cp", source, ".env"]:
            assert (ROOT / source).is_file()
        case ["docker", "compose", "exec", service, "python", "-m", "bot", *arguments]:
            assert service in yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
            _parses(arguments)
        case ["docker", "compose", "up", *_]:
            assert (ROOT / "compose.yaml").is_file()
        case _:
            pytest.fail(f"{document} tells to type something that no test knows: {line}")


def _parses(arguments: list[str]) -> None:
    if arguments != ["--help"]:
        _parser().parse_args(arguments)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        if "://" not in target:
            assert (document.parent / target.partition("#")[0]).exists(), target


def test_the_table_of_settings_is_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    readme = settings_table.README.read_text("utf-8")
    assert settings_table.placed(readme) == readme, "make docs writes it anew"


def test_the_invitation_asks_for_what_the_readme_lists() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    link = re.search(r"permissions=(\d+)", readme)
    row = re.search(r"^\| Guild Install \|.*\| (.*) \|$", readme, re.MULTILINE)
    assert link
    assert row
    wanted = {name for name, given in discord.Permissions(int(link[1])) if given}
    # Discord's client and its API call this one by different names.
    listed = {p.lower().replace(" ", "_").replace("view_channels", "view_channel") for p in row[1].split(", ")}
    assert {"read_messages" if p == "view_channel" else p for p in listed} == wanted


def test_one_version_everywhere() -> None:
    assert f"## {__version__} " in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"ARG VERSION={__version__}\n" in (ROOT / "Dockerfile").read_text("utf-8")


def test_pictures_are_small() -> None:
    taken = list(pictures.IMAGES.glob("*.png"))
    assert taken
    assert [path.name for path in taken if path.stat().st_size > pictures.LARGEST] == []
