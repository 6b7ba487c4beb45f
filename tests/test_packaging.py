"""What is installed works away from its source tree, and the container is shut as tight as it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

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
