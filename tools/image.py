"""Build and try the image without a container engine.

    python -m tools.image [DIRECTORY] [--python PREFIX]

Takes the Dockerfile's own steps, one after the other, in a directory that is the root of a mount namespace: this
machine's system, a Python, and what the steps put there, nothing else of this tree.  Then starts the result as the
image would be started, and as compose.yaml shuts it: its own user, a read-only tree, no capabilities, no new
privileges.  Needs Linux, root, unshare and setpriv.  Packages of the system (apt-get) are those of this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.discordapp.test_process import connected, free_port
from tests.loopback import LoopbackDiscord

ROOT: Final = Path(__file__).parents[1]
SYSTEM: Final = ("bin", "sbin", "lib", "lib64", "usr")
"""What a root takes from this machine, not to be written to."""
STOPPING: Final = 10.0
"""Seconds that a container has to end."""
_PATH: Final = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
CHECKS: Final = 20
"""Tries of the health check; a bot is ready two seconds after its last server came."""
_KNOWN: Final = frozenset("ARG CMD COPY ENTRYPOINT ENV HEALTHCHECK LABEL RUN USER VOLUME WORKDIR".split())
_STEP: Final = re.compile(r"([A-Z]+)\s+(.*)", re.DOTALL)


@dataclass
class Stage:
    """One FROM of a Dockerfile, with what follows it."""

    image: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def of(self, kind: str) -> list[str]:
        """The arguments of all steps of a kind."""
        return [given for step, given in self.steps if step == kind]

    @property
    def environment(self) -> dict[str, str]:
        """Every ENV; `$PATH` stands for what a plain system has."""
        pairs = [pair.partition("=") for given in self.of("ENV") for pair in shlex.split(given)]
        return {name: value.replace("$PATH", _PATH) for name, _, value in pairs}

    @property
    def arguments(self) -> dict[str, str]:
        """Every ARG with its default."""
        return dict(given.split("=", 1) for given in self.of("ARG"))

    @property
    def labels(self) -> dict[str, str]:
        """Every LABEL, with the arguments filled in."""
        pairs = [pair.partition("=") for given in self.of("LABEL") for pair in shlex.split(given)]
        return {name: re.sub(r"\$\{(\w+)\}", lambda found: self.arguments[found[1]], value) for name, _, value in pairs}

    def command(self, kind: str) -> list[str]:
        """The words of an ENTRYPOINT, a CMD, or the CMD of a HEALTHCHECK."""
        words: list[str] = json.loads(re.sub(r"^.*?CMD ", "", self.of(kind)[-1], flags=re.DOTALL))
        return words


def stages(dockerfile: str) -> list[Stage]:
    """The stages of a Dockerfile.

    Raises:
        ValueError: there is something that is not known here.
    """
    found: list[Stage] = []
    for step, given in _steps(dockerfile):
        if step == "FROM":
            image, _, name = given.partition(" AS ")
            found.append(Stage(image, name or str(len(found))))
        elif step in _KNOWN:
            found[-1].steps.append((step, given))
        else:
            raise ValueError(f"{step} is not known here")
    return found


def _steps(dockerfile: str) -> Iterator[tuple[str, str]]:
    lines = "\n".join(line for line in dockerfile.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        if match := _STEP.fullmatch(line.strip()):
            yield match[1], match[2]


class Image:
    """A directory that becomes the root of the image, and of each stage before it."""

    def __init__(self, directory: Path, python: Path) -> None:
        self.directory, self.python = directory, python
        self.stages = stages((ROOT / "Dockerfile").read_text("utf-8"))
        self.skipped: list[str] = []

    @property
    def last(self) -> Stage:
        """What is shipped."""
        return self.stages[-1]

    def build(self) -> None:
        """Every step of every stage.

        Raises:
            subprocess.CalledProcessError: one went wrong.
        """
        for stage in self.stages:
            root = self._root(stage)
            # Its scripts name the place where they are installed.
            for name in ("tmp", "data", "root", "proc", "dev", *SYSTEM, str(self.python).lstrip("/")):
                (root / name).mkdir(parents=True, exist_ok=True)
            shutil.copytree("/etc", root / "etc", symlinks=True, ignore_dangling_symlinks=True, dirs_exist_ok=True)
            place = "/"
            for step, given in stage.steps:
                if step == "WORKDIR":
                    place = given
                    (root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
                elif step == "COPY":
                    self._copy(root, place, given)
                elif step == "RUN" and given.startswith("apt-get"):
                    self.skipped.append(given)
                elif step == "RUN":
                    print(f"{stage.name}: {given}", flush=True)
                    subprocess.run(self._inside(root, place, ["sh", "-ec", given], _own(stage.environment)), check=True)

    def start(self, settings: Mapping[str, str], data: Path) -> list[str]:
        """The command that runs the image, shut as tight as compose.yaml shuts it."""
        return self._shut([*self.last.command("ENTRYPOINT"), *self.last.command("CMD")], settings, data)

    def health(self, settings: Mapping[str, str], data: Path) -> list[str]:
        """The command of its health check."""
        return self._shut(self.last.command("HEALTHCHECK"), settings, data)

    def _shut(self, words: list[str], settings: Mapping[str, str], data: Path) -> list[str]:
        user, group = self.last.of("USER")[-1].split(":")
        os.chown(data, int(user), int(group))
        tight = [
            *("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs"),
            *("--bounding-set=-all", "--inh-caps=-all"),
        ]
        return self._inside(
            self._root(self.last),
            self.last.of("WORKDIR")[-1],
            [*tight, *words],
            {"PATH": _PATH} | self.last.environment | dict(settings),
            data=data,
        )

    def _root(self, stage: Stage) -> Path:
        return self.directory / f"stage-{stage.name}"

    def _copy(self, root: Path, place: str, given: str) -> None:
        *options, source, target = shlex.split(given)
        start = self.directory / f"stage-{options[0].removeprefix('--from=')}" if options else ROOT
        found = start / source.lstrip("/")
        to = root / (target if target.startswith("/") else f"{place}/{target}").lstrip("/")
        if found.is_dir():
            shutil.copytree(found, to, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, to / found.name if target.endswith("/") else to)

    def _inside(
        self, root: Path, place: str, words: list[str], environment: Mapping[str, str], data: Path | None = None
    ) -> list[str]:
        """A command in that root.  With `data`, nothing but that, as /data, and /tmp can be written to."""
        at = shlex.quote(str(root))
        mounts = [f"mount --bind {at} {at}"]
        mounts += [f"mount --bind /{name} {at}/{name}; mount -o remount,bind,ro {at}/{name}" for name in SYSTEM]
        python = shlex.quote(str(self.python))
        mounts += [
            f"mount --bind {python} {to}; mount -o remount,bind,ro {to}" for to in (f"{at}/usr/local", f"{at}{python}")
        ]
        mounts += [f"mount --rbind /dev {at}/dev", *([f"chroot {at} ldconfig"] if data is None else [])]
        mounts += [f"mount -t proc proc {at}/proc", f"mount -t tmpfs tmpfs {at}/tmp"]  # noqa: S108 - its own
        if data is not None:
            mounts += [f"mount --bind {shlex.quote(str(data))} {at}/data", f"mount -o remount,bind,ro {at}"]
        inner = f"cd {shlex.quote(place)} && exec {shlex.join(words)}"
        names = [f"{name}={value}" for name, value in environment.items()]
        mounts += [f"exec chroot {at} env -i {shlex.join(names)} sh -c {shlex.quote(inner)}"]
        return ["unshare", "--mount", "--propagation=private", "sh", "-ec", "\n".join(mounts)]


def _own(environment: Mapping[str, str]) -> dict[str, str]:
    """What a step of the build sees: the image's settings, and how packages are fetched on this machine."""
    fetched = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "REQUESTS_"))}
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    return {"PATH": _PATH, "HOME": "/root"} | fetched | proxies | dict(environment)


async def try_out(image: Image) -> None:
    """Start it against the loopback Discord, ask it, ask its health check, and stop it.

    Raises:
        AssertionError: it is not as it should be.
    """
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory)
        async with LoopbackDiscord() as server:
            settings = {
                "DISCORD_TOKEN": server.token,
                "DISCORD_API_BASE": server.api_base,
                "DISCORD_GATEWAY_URL": server.gateway_url,
                "WEB_PORT": str(free_port()),
            }
            process = await asyncio.create_subprocess_exec(
                *image.start(settings, data), stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            try:
                await connected(server, process)
                asked = await server.ask("what is kvm?")
                assert await server.answered(asked)
                check_rights(process.pid)
                told = await well(image.health(settings, data))
                process.send_signal(signal.SIGTERM)
                _, errors = await asyncio.wait_for(process.communicate(), STOPPING)
                assert process.returncode == 0, errors.decode()
                assert b"Traceback" not in errors, errors.decode()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        assert (data / "community.sqlite3").is_file(), "the database was not made"
        print(f"answered, healthy, stopped; the health check said {told.decode().strip()}")


async def well(check: list[str]) -> bytes:
    """Repeat a health check, as an engine does, until it is 0; what it says then.

    Raises:
        AssertionError: it never is.
    """
    for _ in range(CHECKS):
        health = await asyncio.create_subprocess_exec(*check, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        told, _ = await health.communicate()
        if health.returncode == 0:
            return told
        await asyncio.sleep(0.5)
    raise AssertionError(f"it is not healthy: {told.decode()}")


def check_rights(pid: int) -> None:
    """See that a process is nobody and may do nothing.

    Raises:
        AssertionError: it is, or may.
    """
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    for wanted in (r"Uid:\s+10001\s+10001", r"CapEff:\s+0+\n", r"CapBnd:\s+0+\n", r"NoNewPrivs:\s+1"):
        assert re.search(wanted, status), f"{wanted} is not in {status}"


def prefix() -> Path:
    """Where the Python of the image's version is on this machine.

    Raises:
        LookupError: there is none.
    """
    wanted = "python" + re.findall(r"FROM python:(\d+\.\d+)", (ROOT / "Dockerfile").read_text("utf-8"))[-1]
    # Version managers put several beside each other, not all of them in the way of a command.
    for python in (wanted, *sorted(Path.home().glob(f".pyenv/versions/*/bin/{wanted}"))):
        with suppress(OSError, subprocess.CalledProcessError):
            told = subprocess.run(
                [python, "-c", "import sys; print(sys.base_prefix)"], capture_output=True, text=True, check=True
            )
            return Path(told.stdout.strip())
    raise LookupError(f"there is no {wanted} here: name one with --python")


def main(given: argparse.Namespace) -> None:
    """Build, and try."""
    image = Image(given.directory, given.python or prefix())
    image.build()
    for step in image.skipped:
        print(f"left out, this machine's own packages are there: {step}")
    asyncio.run(try_out(image))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build and try the image without a container engine.")
    parser.add_argument("directory", type=Path, nargs="?", help="where to (default: a temporary directory)")
    parser.add_argument("--python", type=Path, help="where the image's Python is installed")
    chosen = parser.parse_args()
    if os.geteuid() != 0 or sys.platform != "linux":
        parser.error("needs Linux and root: it mounts")
    if chosen.directory is None:
        with tempfile.TemporaryDirectory() as temporary:
            chosen.directory = Path(temporary)
            main(chosen)
    else:
        main(chosen)
