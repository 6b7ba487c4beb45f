"""The table of settings in README.md, from the fields of `bot.settings`.

python -m tools.settings_table
"""

from __future__ import annotations

import enum
import types
import typing
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo

from bot.settings import Settings

README: Final = Path(__file__).resolve().parents[1] / "README.md"
BEGIN: Final = "<!-- settings: written by `make docs` -->"
END: Final = "<!-- /settings -->"


def table() -> str:
    """All settings as a Markdown table."""
    rows = ["| Name | Default | What it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        told = (field.description or "").replace("|", "\\|") + _choices(field.annotation)
        rows.append(f"| `{name.upper()}` | {_default(field)} | {told} |")
    return "\n".join(rows)


def placed(text: str) -> str:
    """A document with the table between its two marks.

    Raises:
        ValueError: the marks are not there.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{BEGIN} … {END} are missing")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(default, Path):
        return f"`~/{default.relative_to(Path.home())}`" if default.is_relative_to(Path.home()) else f"`{default}`"
    if default is None or default in ("", ()):
        return "–"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _choices(annotation: Any) -> str:
    """The words that may be written, where they are few."""
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        words = [str(member.value) for member in annotation]
    else:
        words = [str(word) for word in _literals(annotation)]
    return f" ({', '.join(f'`{w}`' for w in words)})" if words else ""


def _literals(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) is typing.Literal:
        return list(typing.get_args(annotation))
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [word for part in typing.get_args(annotation) for word in _literals(part)]
    return []


if __name__ == "__main__":
    README.write_text(placed(README.read_text("utf-8")), "utf-8")
