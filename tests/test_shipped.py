"""What is shipped fits together: pins, schemas, versions, the bot's own words."""

from __future__ import annotations

import json
import re
import string
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml

from bot import __version__
from bot.core.knowledge.schema import FILES, schemas
from bot.locales import LANGUAGES, say, words
from tests.conftest import COFFEE

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
SURFACES = sorted(p.stem for p in (ROOT / "bot" / "locales" / "en").glob("*.yaml"))


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def requirements(path: Path) -> dict[str, str]:
    """Package name to its whole entry."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip()]
    return {_name(re.split(r"[=\s;\[]", entry)[0]): entry for entry in entries}


def test_locks_are_there() -> None:
    assert {"run.txt", "dev.txt"} <= {p.name for p in LOCKS}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_every_requirement_is_pinned_with_hashes(lock: Path) -> None:
    found = requirements(lock)
    assert found
    for name, entry in found.items():
        assert re.match(r"[A-Za-z0-9_.-]+(\[[\w,-]+\])?==\S+", entry), name
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), name


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_lock_names_no_index_and_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    options = r"--(extra-)?index-url|--find-links|--trusted-host|(^|\s)-[ief]\s"
    assert not re.search(rf"https?://|{options}", text, re.MULTILINE)


def test_lock_has_all_that_the_project_depends_on() -> None:
    names = {_name(re.split(r"[<>=\[ ]", d)[0]) for d in PROJECT["dependencies"]}
    assert names <= set(requirements(ROOT / "requirements" / "run.txt"))
    assert set(requirements(ROOT / "requirements" / "run.txt")) <= set(requirements(ROOT / "requirements" / "dev.txt"))


def test_schemas_in_the_repository_are_what_the_code_says() -> None:
    folder = ROOT / "knowledge" / "schema"
    assert {p.name for p in folder.iterdir()} == set(schemas())
    for name, schema in schemas().items():
        assert json.loads((folder / name).read_text("utf-8")) == json.loads(json.dumps(schema)), (
            f"{name}: run python -m bot schema"
        )


@pytest.mark.parametrize("name", FILES)
def test_schema_accepts_a_good_file_and_refuses_a_bad_one(name: str) -> None:
    files = {
        "concepts": "concepts/drinks.yaml", "questions": "questions/brewing.yaml",
        "misconceptions": "misconceptions/core.yaml",
        "corrections": "corrections/common.yaml",
        "sources": "sources/all.yaml", "comparison": "comparisons/methods.yaml",
    }  # fmt: skip
    # Dates are strings to JSON.
    data = json.loads(
        json.dumps(yaml.safe_load((COFFEE / files.get(name, f"{name}.yaml")).read_text("utf-8")), default=str)
    )
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(schemas()[f"{name}.json"])))
    assert list(validator.iter_errors(data)) == []
    entry = data[0] if isinstance(data, list) else data
    entry["no_such_field"] = 1
    assert list(validator.iter_errors(data))


def test_version_is_in_the_changelog() -> None:
    changelog = ROOT / "CHANGELOG.md"
    if not changelog.exists():
        pytest.skip("CHANGELOG.md is not written yet")
    assert re.search(rf"^##? .*\b{re.escape(__version__)}\b", changelog.read_text("utf-8"), re.MULTILINE)


def test_knowledge_travels_inside_the_package() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert build["force-include"]["knowledge"] == "bot/knowledge"


@pytest.mark.parametrize("surface", SURFACES)
def test_languages_have_the_same_texts_with_the_same_places(surface: str) -> None:
    def places(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    english, hindi = words(surface, "en"), words(surface, "hi")
    assert list(english) == list(hindi)
    for key, text in english.items():
        assert places(text) == places(hindi[key]), key
        assert bool(text.strip()) == bool(hindi[key].strip()), key
        if any(c.isalpha() for c in re.sub(r"\{\w+\}|[A-Z_]{4,}", "", text)) and len(text) > 12:
            assert re.search("[\u0900-\u097f]", hindi[key]), key


def test_text_that_is_not_there_is_an_error() -> None:
    for language in LANGUAGES:
        with pytest.raises(KeyError):
            say(language, "core.no.such.text")
        with pytest.raises(KeyError):
            say(language, "core.compare.title")
