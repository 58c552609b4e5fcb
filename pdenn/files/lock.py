"""One run in a folder at a time, by a file that only one program can make."""

import json
import os
import socket
import time
from contextlib import contextmanager
from pathlib import Path

SECONDS_TO_WRITE = 10.0  # a lock without content is that of a program killed while it wrote it, if older than this


@contextmanager
def locked(folder):
    """Hold the file `lock` in a folder; it is removed when the block is left.

    A lock whose program has ended on this machine is taken over.

    Parameters
    ----------
    folder : path
        Is made if it is missing.

    Raises
    ------
    OSError
        Another run holds the folder, or it cannot be written. Nothing was changed in it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "lock"
    if not _made(lock):
        _remove_stale(lock)
        if not _made(lock):
            raise BlockingIOError(_refusal(lock, _owner(lock)))
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _made(lock: Path) -> bool:
    """Whether the lock was made by this call."""
    try:
        number = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return False
    with open(number, "w", encoding="utf-8") as file:
        json.dump({"pid": os.getpid(), "machine": socket.gethostname(), "born": _born(os.getpid())}, file)
    return True


def _remove_stale(lock: Path):
    """Move a lock aside whose program has ended; if another program was faster and this is its lock, put it back."""
    found = _owner(lock)
    if not _stale(lock, found):
        return
    aside = lock.with_name(f"lock.{os.getpid()}.stale")
    try:
        os.rename(lock, aside)
    except FileNotFoundError:
        return
    if _owner(aside) != found:
        os.link(aside, lock)
    aside.unlink()


def _stale(lock: Path, owner: dict | None) -> bool:
    try:
        age = time.time() - lock.stat().st_mtime
    except FileNotFoundError:
        return False
    if owner is None:
        return age > SECONDS_TO_WRITE
    return owner["machine"] == socket.gethostname() and not _runs(owner)


def _runs(owner: dict) -> bool:
    """Whether the program with this number runs, and was not started later under the same number."""
    try:
        os.kill(owner["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _born(owner["pid"]) == owner["born"]


def _born(pid: int) -> str:
    """When a program began, as Linux counts it; empty elsewhere."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _owner(lock: Path) -> dict | None:
    """What the lock says; None if nothing that can be read."""
    try:
        owner = json.loads(lock.read_text(encoding="utf-8"))
        return {"pid": int(owner["pid"]), "machine": str(owner["machine"]), "born": str(owner["born"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _refusal(lock: Path, owner: dict | None) -> str:
    who = "another run" if owner is None else f"the run with process number {owner['pid']} on {owner['machine']}"
    return (
        f"{lock.parent} is in use by {who}: wait for its end or name another folder; if it runs no more, delete {lock}"
    )
