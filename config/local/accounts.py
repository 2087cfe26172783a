"""The account that the embedded servers run under.

PostgreSQL refuses to run as root. So root starts it as `postgres`, where that
account exists, or as `nobody`; either must be able to walk to the binaries and
to the data.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    name: str
    user: int
    group: int

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may walk down to this folder and into it."""
        folder = folder.resolve()
        return all(self._may_pass(step) for step in (folder, *folder.parents))

    def _may_pass(self, folder: Path) -> bool:
        facts = folder.stat()
        if facts.st_uid == self.user:
            return bool(facts.st_mode & stat.S_IXUSR)
        if facts.st_gid == self.group:
            return bool(facts.st_mode & stat.S_IXGRP)
        return bool(facts.st_mode & stat.S_IXOTH)


def servers_account() -> Account | None:
    """Return the account to change to. None if we are not root, and keep our own."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def own(path: Path, account: Account | None) -> None:
    """Give a file or folder to the account of the servers."""
    if account is not None:
        os.chown(path, account.user, account.group)
