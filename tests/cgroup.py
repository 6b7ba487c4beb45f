"""A hard bound on a process's memory, as a container has it: the kernel kills what needs more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Cap:
    """A bound that holds."""

    group: Path

    @property
    def prefix(self) -> tuple[str, ...]:
        """What stands before a command that is to run inside."""
        return "sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self.group)

    @property
    def killed(self) -> int:
        """How often the kernel killed something in it."""
        return next(
            int(line.split()[1])
            for name in ("memory.oom_control", "memory.events")
            if (self.group / name).exists()
            for line in (self.group / name).read_text().splitlines()
            if line.startswith("oom_kill ")
        )


@contextmanager
def memory(megabytes: int) -> Iterator[Cap | None]:
    """A group of processes with that much memory and no swap; None where we may not make one."""
    first, second = ROOT / "memory", ROOT
    group = (first if first.is_dir() else second) / f"knowledge-bot-test-{megabytes}"
    limits = {"memory.limit_in_bytes": megabytes * 1_000_000, "memory.swappiness": 0}
    if group.parent == second:
        limits = {"memory.max": megabytes * 1_000_000, "memory.swap.max": 0}
    made = False
    try:
        group.mkdir()
        made = True
        for name, value in limits.items():
            (group / name).write_text(str(value))
    except OSError:
        if made:
            group.rmdir()
        yield None
        return
    try:
        yield Cap(group)
    finally:
        group.rmdir()
