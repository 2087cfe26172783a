"""Starts the four processes, and waits until each is ready."""

import time
from collections.abc import Callable
from pathlib import Path

from config.local import ports, processes
from config.local.console import say
from config.local.readiness import Readiness
from config.local.supervisor import Supervisor
from config.local.trouble import Trouble

READY_WITHIN = 120.0
SAY_EVERY = 4.0
ASK_EVERY = 0.5


def launch(
    supervisor: Supervisor,
    *,
    scratch: Path,
    port: int,
    database_url: str,
    tell: Callable[[str], object] = say,
) -> None:
    """Start all four; beat keeps its schedule file in `scratch`. `tell` gets a line while some are not ready.

    Raises `Trouble` naming those that are not ready in time.
    """
    readiness = Readiness(database_url, port)
    for role in processes.ROLES:
        supervisor.run(processes.process(role, bind=f"{ports.HOME}:{port}", scratch=scratch))
    began = asked = reported = time.monotonic()
    missing = list(processes.ROLES)
    while missing and (now := time.monotonic()) - began <= READY_WITHIN:
        if now - reported >= SAY_EVERY:
            reported = now
            tell(f"waiting for: {_named(missing)} ({now - began:.0f} s)…")
        supervisor.tick()
        if now - asked >= ASK_EVERY:
            pids = {role: child.pid for role, child in supervisor.children.items()}
            asked, missing = now, readiness.missing(pids)
    if missing:
        raise Trouble(f"not ready after {READY_WITHIN:.0f} s: {_named(missing)}.")


def _named(roles: list[str]) -> str:
    return ", ".join(processes.NAMES.get(role, role) for role in roles)
