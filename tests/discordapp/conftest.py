"""What the tests of the Discord side share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.community.community import Community
from bot.discordapp.app import Bot
from bot.store import Store
from tests.discordapp.sample import SampleExpert


@pytest.fixture
def expert() -> SampleExpert:
    return SampleExpert()


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    """What people add, in a real database file."""
    made = Community(Store.in_directory(tmp_path))
    await made.prepare()
    yield made
    await made.close()


@pytest.fixture
def simcord_bot(expert: SampleExpert, tmp_path: Path, community: Community) -> Bot:
    """The real bot; its commands are registered because the directory is new."""
    return Bot(expert, data_dir=tmp_path, community=community)
