"""A base that is damaged says so, and never breaks in another way."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.check import check
from bot.core.expert import Expert
from bot.core.knowledge import KnowledgeError, default_directory, load
from tests.conftest import COFFEE, Damage

FILES = sorted(str(p.relative_to(COFFEE)) for p in COFFEE.rglob("*.yaml"))
INSERTS = [
    "- ", ": ", "[", "]", "{", "}", "\n", "\n  ", "\t", "'", '"',
    "#", "|", ">", "*x ", "&x ", "!!set ", "!!python/object:os.system ",
    "? ", "---\n", "...\n", "\x00", "\ufeff", "null", "~", "true",
    "1e999", ".nan", "2026-13-45", "0x", "<<: ", "é", "\u2028", "en:", "id:",
]  # fmt: skip


def _spoil(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(5):
            case 0:
                text = text[:at] + chance.choice(INSERTS) + text[at:]
            case 1:
                text = text[:at] + text[at + chance.randint(1, 40) :]
            case 2:
                lines = text.split("\n")
                spot = chance.randrange(len(lines))
                lines[spot : spot + 1] = [lines[spot], lines[chance.randrange(len(lines))]]
                text = "\n".join(lines)
            case 3:
                lines = text.split("\n")
                spot = chance.randrange(len(lines))
                lines[spot] = chance.choice(["  ", " ", ""]) + lines[spot].strip()
                text = "\n".join(lines)
            case _:
                text = text[:at]
    return text


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One copy for all examples: each spoils a file of it and puts it back."""
    return Path(shutil.copytree(COFFEE, tmp_path_factory.mktemp("damaged") / "base"))


@contextmanager
def _instead(path: Path, data: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(data)
    try:
        yield
    finally:
        path.write_bytes(before)


@given(st.sampled_from(FILES), st.integers(0, 10_000))
@settings(max_examples=80)
def test_damaged_base_is_refused_or_loads(copy: Path, file: str, seed: int) -> None:
    spoilt = _spoil((copy / file).read_text("utf-8"), random.Random(seed))
    with _instead(copy / file, spoilt.encode()):
        _refused_or_whole(copy)


@given(st.binary(max_size=200), st.sampled_from(FILES))
@settings(max_examples=40)
def test_any_bytes_are_refused_or_load(copy: Path, data: bytes, file: str) -> None:
    with _instead(copy / file, data):
        _refused_or_whole(copy)


def _refused_or_whole(directory: Path) -> None:
    try:
        expert = Expert(load(directory))
    except KnowledgeError as error:
        told = [p.line >= 1 and p.rule.startswith("KB") for p in error.problems]
    else:
        told = [True]
        expert.ask("espresso vs moka pot")
        for reference in (*expert.base.questions, *(f"concept:{c}" for c in expert.base.concepts)):
            assert expert.open(reference, language="hi") is not None
    assert told
    assert all(told)
    assert all(str(p) for p in check(directory))


def test_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"KB001 .*nowhere.*no such directory"):
        load(tmp_path / "nowhere")


def test_file_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(KnowledgeError, match="KB001"):
        load(tmp_path / "file")


def test_base_inside_is_beside_or_in_the_package() -> None:
    assert (default_directory() / "base.yaml").is_file()


def test_error_lists_all_problems_sorted_one_a_line(damage: Damage) -> None:
    damage("concepts/drinks.yaml", "scope: neighbour", "scope: no")
    directory = damage("concepts/beans.yaml", "scope: general", "scope: no")
    with pytest.raises(KnowledgeError) as failed:
        load(directory)
    lines = str(failed.value).splitlines()
    assert len(lines) == len(failed.value.problems) > 2
    assert failed.value.problems == sorted(failed.value.problems)


def test_python_objects_are_never_built(damage: Damage, tmp_path: Path) -> None:
    target = tmp_path / "made"
    directory = damage(
        "words.yaml", "- {id: bitter", f"- !!python/object/apply:pathlib.Path.touch [{target}]\n- {{id: bitter"
    )
    with pytest.raises(KnowledgeError, match=r"KB001 words\.yaml"):
        load(directory)
    assert not target.exists()
