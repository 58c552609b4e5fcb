"""Checkpoints of long runs: one `.npz` file, whole at every moment."""

import hashlib
import os
import zipfile
from dataclasses import is_dataclass
from inspect import getclosurevars
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from .arrays import is_torch, namespace, single


class Checkpoint(NamedTuple):
    """Where a run stands: `done` steps of the whole run, the state, and the snapshots so far (NumPy arrays)."""

    done: int
    u: Any
    snapshots: tuple[Any, ...]


def write(path: str | os.PathLike[str], run: str, checkpoint: Checkpoint) -> None:
    """Write aside, then rename: a full disk or a kill leaves the old file whole.

    Raises OSError (with the path) when the folder cannot be written.
    """
    path = Path(path)
    aside = path.with_name(path.name + ".partial")
    arrays = {f"snapshot{i}": _numpy(s) for i, s in enumerate(checkpoint.snapshots)}
    try:
        with open(aside, "wb") as file:
            np.savez(file, run=run, done=checkpoint.done, u=_numpy(checkpoint.u), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def read(path: str | os.PathLike[str], run: str) -> Checkpoint | None:
    """The checkpoint of this run; None if there is no file.

    Raises ValueError if the file is no checkpoint, or belongs to another run (operator, initial state, scheme, times).
    """
    if not Path(path).exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in file.zip.infolist()):
                raise ValueError("it is compressed")  # it could be far larger than the file
            count = sum(name.startswith("snapshot") for name in file.files)
            found, done, u = str(file["run"]), int(file["done"]), file["u"]
            snapshots = tuple(file[f"snapshot{i}"] for i in range(count))
    except (
        AttributeError,
        EOFError,
        KeyError,
        MemoryError,
        NotImplementedError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
    ) as error:
        raise ValueError(
            f"checkpoint={str(path)!r} is not a checkpoint of pdenn ({error}): name another file"
        ) from error
    if found != run:
        raise ValueError(
            f"checkpoint={str(path)!r} belongs to another run: delete it or name another file "
            "(operator, initial state, scheme, step or saved times differ)"
        )
    return Checkpoint(done, u, snapshots)


def name_of_run(A: Any, u0: Any, scheme: Any, steps: list[tuple[float, float]], times: tuple[float, ...]) -> str:
    """A hash of everything that the result depends on."""
    initial, dtype = _numpy(u0), str(u0.dtype).removeprefix("torch.")
    statement = repr((A, scheme, steps[:1], steps[-1:], len(steps), times, dtype, initial.shape))
    for f in _functions(A):
        statement = statement.replace(repr(f), f.__qualname__) + _content(f)
    return hashlib.sha256(statement.encode() + initial.tobytes()).hexdigest()


def _functions(x: Any) -> list[FunctionType]:
    """The functions in an operator, such as reactions and velocities; what they print says too little, or where they lie."""
    if isinstance(x, FunctionType):
        return [x]
    inside = (
        getattr(x, "__dict__", {}).values() if is_dataclass(x) or hasattr(x, "A") else x if isinstance(x, tuple) else ()
    )
    return [f for part in inside for f in _functions(part)]


def _content(x: Any, seen: frozenset[int] = frozenset()) -> str:
    """What a function computes: its code, its defaults, and the values that it takes from outside."""
    if isinstance(x, ModuleType) or id(x) in seen:
        return getattr(x, "__name__", "")
    if isinstance(x, CodeType):
        return repr((x.co_code.hex(), x.co_names, [_content(c) for c in x.co_consts]))
    if isinstance(x, FunctionType):
        taken = getclosurevars(x)
        outside = {**taken.globals, **taken.nonlocals, "defaults": x.__defaults__, "named": x.__kwdefaults__}
        return repr([_content(x.__code__), *((name, _content(y, seen | {id(x)})) for name, y in outside.items())])
    return hashlib.sha256(x.tobytes()).hexdigest() if isinstance(x, np.ndarray) else repr(x)


def like(found: Checkpoint | None, u0: Any) -> Checkpoint | None:
    """A checkpoint with states of the kind, dtype and device of `u0`."""
    if found is None or not is_torch(u0):
        return found
    from_numpy = namespace(u0).from_numpy
    return Checkpoint(found.done, from_numpy(found.u).to(u0), tuple(from_numpy(s).to(u0) for s in found.snapshots))


def _numpy(u: Any) -> Any:
    """An array; half precision as float32, since NumPy has no bfloat16."""
    return single(u.detach()).cpu().numpy() if is_torch(u) else u
