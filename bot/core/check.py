"""The whole lint of a knowledge base: its files, its content, and what questions would find in it."""

from __future__ import annotations

from pathlib import Path

from bot.core.knowledge.lint import check_content
from bot.core.knowledge.load import Reading, build, read
from bot.core.knowledge.problems import Problem
from bot.core.match.lint import check_matching


def check(directory: Path) -> list[Problem]:
    """All problems of a base, by file and line."""
    reading = check_files(directory)
    check_questions(reading)
    return sorted(reading.problems)


def check_files(directory: Path) -> Reading:
    """Read a base and note what is wrong with its files and its content."""
    reading = read(directory)
    check_content(reading)
    return reading


def check_questions(reading: Reading) -> None:
    """Note what questions would find in the base: the slow half of the lint."""
    base = build(reading)
    if base is not None and not any(p.rule in ("KB001", "KB002", "KB003", "KB004") for p in reading.problems):
        # Questions can only be tried on a base that loads.
        check_matching(reading, base)
