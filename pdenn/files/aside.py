"""Writing whole or not at all: everything goes beside its place first, and is renamed when it is complete."""

import errno
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def aside(path):
    """The place beside `path` to write a file or a folder to; it takes the place of `path` when the block is left.

    If anything fails inside the block, the old `path` is as it was and nothing new is left. The missing folders above
    `path` are made.

    Parameters
    ----------
    path : path
        Where the file or folder shall be.

    Yields
    ------
    Path
        With the suffix of `path`.

    Raises
    ------
    OSError
        Naming `path` and the reason: the folder cannot be written, or the disk is full.
    """
    path = Path(path)
    partial, old = path.with_name(f"{path.stem}.partial{path.suffix}"), path.with_name(f"{path.stem}.old{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(partial)  # of a run that was killed
        yield partial
        _settle(partial)
        _replace(partial, path, old)
    # The libraries of HDF5 and of torch report a full disk as RuntimeError.
    except (OSError, RuntimeError) as error:
        number, reason = getattr(error, "errno", None) or errno.EIO, getattr(error, "strerror", None) or error
        remedy = "Nothing was changed there; free space or name another folder"
        raise OSError(number, f"cannot write {path}: {reason}. {remedy}") from error
    finally:
        with suppress(OSError):
            _remove(partial)


def _settle(partial):
    """Wait until a file is on the disk: some file systems notice only now that there is no space."""
    if partial.is_file():
        with open(partial, "rb") as file:
            os.fsync(file.fileno())


def _replace(partial, path, old):
    """Rename; a folder cannot replace a folder, so that the old one steps aside for a moment."""
    if not (path.is_dir() and partial.is_dir()):
        os.replace(partial, path)
        return
    _remove(old)
    os.replace(path, old)
    try:
        os.replace(partial, path)
    except OSError:
        os.replace(old, path)
        raise
    _remove(old)


def _remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
