"""What the tests of the Discord side share."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.discordapp.app import Bot
from tests.discordapp.sample import SampleExpert


@pytest.fixture
def expert() -> SampleExpert:
    return SampleExpert()


@pytest.fixture
def simcord_bot(expert: SampleExpert, tmp_path: Path) -> Bot:
    """The real bot; its commands are registered because the directory is new."""
    return Bot(expert, data_dir=tmp_path)
