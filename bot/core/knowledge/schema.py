"""JSON schemas of the knowledge files, so that editors can complete and check them while one types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from bot.core.knowledge import model

FILES: Final[dict[str, Any]] = {
    "concepts": list[model.Concept],
    "questions": list[model.Question],
    "misconceptions": list[model.Misconception],
    "corrections": list[model.Correction],
    "sources": list[model.Source],
    "comparison": model.Comparison,
    "homonyms": list[model.Homonym],
    "words": list[model.Word],
    "glossary": list[model.GlossaryTerm],
    "base": model.Base,
}


def schemas() -> dict[str, dict[str, Any]]:
    """File name to schema."""
    return {
        f"{name}.json": {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
        for name, kind in FILES.items()
    }


def write(directory: Path) -> list[Path]:
    """Write all schemas into a directory; returns the files."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in schemas().items():
        path = directory / name
        path.write_text(json.dumps(schema, indent=1, ensure_ascii=False) + "\n", "utf-8")
        written.append(path)
    return written
