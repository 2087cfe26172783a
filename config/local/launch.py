"""Starts the four processes, and waits until each is ready."""

from collections.abc import Callable
from pathlib import Path

from config.local import ports, processes, readiness
from config.local.console import say
from config.local.supervisor import Supervisor
from config.local.trouble import Trouble


def launch(
    supervisor: Supervisor,
    *,
    scratch: Path,
    port: int,
    database_url: str,
    tell: Callable[[str], object] = say,
) -> None:
    """Start all four; beat keeps its memory in `scratch`, `tell` hears who is waited for.

    Raises `Trouble` naming those that are not ready in time.
    """
    asked = readiness.Readiness(database_url, port)
    for role in processes.ROLES:
        supervisor.run(processes.process(role, bind=f"{ports.HOME}:{port}", scratch=scratch))

    def missing() -> list[str]:
        return asked.missing({role: child.pid for role, child in supervisor.children.items()})

    still_missing = readiness.wait(missing, meanwhile=supervisor.tick, tell=tell)
    if still_missing:
        raise Trouble(f"not ready after {readiness.READY_WITHIN:.0f} s: {readiness.in_words(still_missing)}.")
