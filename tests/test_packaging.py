"""What is installed works away from its source tree, and the container is shut as tight as it says."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.discordapp.test_process import connected, free_port
from tests.loopback import LoopbackDiscord

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built and unpacked as an installer would."""
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", directory], cwd=ROOT, check=True)
    (wheel,) = directory.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(directory / "site")
    return directory / "site"


def test_the_wheel_answers_from_the_knowledge_inside(installed: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "concept", "kvm", "--json"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(installed)},
        capture_output=True,
        check=False,
    )
    assert ran.stderr == b""
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["entry"] == "concept:kvm"


def test_the_wheel_holds_the_bot_and_nothing_else(installed: Path) -> None:
    assert {path.name.split("-")[0] for path in installed.iterdir()} == {"bot", "hypervisor_expert"}
    for needed in ("py.typed", "knowledge/base.yaml", "locales/hi/discord.yaml", "web/static/page.js"):
        assert (installed / "bot" / needed).is_file(), needed
    source = {path.relative_to(ROOT) for path in (ROOT / "knowledge").rglob("*.yaml")}
    assert source == {path.relative_to(installed / "bot") for path in (installed / "bot/knowledge").rglob("*.yaml")}


MIGRATE = """
import asyncio, sys
import bot
from bot.store import Store
from bot.store.migrate import head, migrate, version

async def main():
    store = Store(sys.argv[1])
    await migrate(store)
    async with store.reading() as connection:
        assert await connection.run_sync(version) == head()
    await store.close()
    print(bot.__file__)

asyncio.run(main())
"""


def test_the_wheel_brings_a_database_up_to_date(installed: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", MIGRATE, f"sqlite:///{tmp_path / 'store.sqlite3'}"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(installed)},
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    assert Path(ran.stdout.decode().strip()).is_relative_to(installed)
    source = {path.name for path in (ROOT / "bot/store/migrations/versions").glob("v*.py")}
    assert source
    assert source == {path.name for path in (installed / "bot/store/migrations/versions").glob("v*.py")}


def pythons() -> Mapping[str, str]:
    """The interpreters of this machine that the bot is for, by version."""
    found = {}
    for version in ("3.11", "3.12", "3.13"):
        by_hand = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
        named = [path for path in (shutil.which(f"python{version}"),) if path and "shims" not in path]
        if choice := [*named, *map(str, by_hand)]:
            found[version] = choice[-1]
    return found


@pytest.mark.skipif(not os.environ.get("SOAK"), reason="fetches all packages: make soak")
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
async def test_the_wheel_in_a_clean_environment_of_each_python(installed: Path, tmp_path: Path, version: str) -> None:
    if version not in pythons():
        pytest.skip(f"there is no Python {version} here")
    (wheel,) = installed.parent.glob("*.whl")
    subprocess.run([pythons()[version], "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run([tmp_path / "venv/bin/pip", "install", "--quiet", wheel], check=True)
    command = tmp_path / "venv/bin/hypervisor-expert"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    asked = [str(command), "ask", "what is kvm?", "--json"]
    ran = subprocess.run(asked, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert json.loads(ran.stdout)["outcome"] == "answer"
    async with LoopbackDiscord() as server:
        settings = {
            "DISCORD_TOKEN": server.token,
            "DISCORD_API_BASE": server.api_base,
            "DISCORD_GATEWAY_URL": server.gateway_url,
            "DATA_DIR": str(tmp_path / "data"),
            "WEB_PORT": str(free_port()),
        }
        process = await asyncio.create_subprocess_exec(
            *(command, "run"), cwd=tmp_path, env=environment | settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        await connected(server, process)
        assert await server.answered(await server.ask("what is xen?"))
        process.terminate()
        _, errors = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0, errors.decode()
    with sqlite3.connect(tmp_path / "data/community.sqlite3") as connection:
        assert connection.execute("SELECT sum(count) FROM counts").fetchone() == (1,)


def test_the_container_is_tight() -> None:
    service: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["bot"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "ports" not in service
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert "\nUSER 10001" in dockerfile
    assert "TOKEN" not in dockerfile


def test_no_secret_is_sent_to_the_builder() -> None:
    kept = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert "*" in kept
    assert {line for line in kept if line.startswith("!")} == {
        "!bot",
        "!knowledge",
        "!requirements/run.txt",
        "!LICENSE",
    }


@pytest.mark.parametrize("name", ["run", "dev"])
def test_lock_files_have_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    assert text.count("==") <= text.count("--hash=sha256:")
