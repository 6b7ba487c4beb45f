"""The image, by its own Dockerfile: what it says, and (make soak) what comes out where there is no engine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import __version__
from tools.image import Image, Stage, prefix, stages

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def built() -> list[Stage]:
    return stages((ROOT / "Dockerfile").read_text("utf-8"))


def test_one_version_everywhere(built: list[Stage]) -> None:
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    top = re.search(r"^## (\S+)", changes, re.MULTILINE)
    assert top is not None
    assert top[1] == __version__
    assert built[-1].labels["org.opencontainers.image.version"] == __version__


def test_what_is_shipped_holds_what_runs_and_starts_as_its_own_user(built: list[Stage]) -> None:
    last = built[-1]
    assert last.of("COPY") == ["--from=build /app /app"]
    assert last.of("USER") == ["10001:10001"]
    assert last.environment["DATA_DIR"] == last.environment["HOME"] == last.of("VOLUME")[0] == "/data"
    assert [*last.command("ENTRYPOINT"), *last.command("CMD")] == ["python", "-m", "bot", "run"]
    assert last.command("HEALTHCHECK") == ["python", "-m", "bot", "health"]
    assert last.environment["PATH"].startswith("/app/.venv/bin:/usr")


def test_a_step_that_is_not_known_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="ONBUILD"):
        stages("FROM scratch\nONBUILD RUN true\n")


@pytest.mark.skipif(not os.environ.get("SOAK"), reason="fetches all packages: make soak")
def test_every_step_is_taken_and_the_result_answers_and_stops(tmp_path: Path) -> None:
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv"))):
        pytest.skip("mounts need root, unshare and setpriv")
    try:
        python = prefix()
    except LookupError:
        pytest.skip("the image's Python is not installed here")
    assert Image(tmp_path, python).stages
    done = subprocess.run(
        [sys.executable, "-m", "tools.image", tmp_path, "--python", python], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    assert b"answered, healthy, stopped" in done.stdout
