"""A result that grows as the run goes: `result.zarr`, one saved time after the other, and `run.json`, what of it counts.

A saved time counts once `run.json` says so, which is replaced in one piece. What a killed program had written beyond
is cut off when the run goes on.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .write import write_json

CHUNK = 256  # cells of an axis that are compressed together


@dataclass(frozen=True)
class Record:
    """The results of one run in a folder.

    Parameters
    ----------
    folder : Path
    statement : dict of str
        All that the result depends on.
    """

    folder: Path
    statement: dict

    @property
    def result(self) -> Path:
        return self.folder / "result.zarr"

    @property
    def notes(self) -> Path:
        return self.folder / "run.json"

    def resumed(self) -> tuple[int, np.ndarray | None]:
        """How many saved times there are, and the state at the last one; begins the record if there is none.

        Raises
        ------
        ValueError
            The folder holds the result of another run.
        OSError
            The result is not what was written.
        """
        notes = self._read_notes()
        if notes is None:
            if self.result.exists():
                raise ValueError(f"{self.folder} holds the result of another run: name another folder")
            self._note(0, "")
            return 0, None
        if different := [k for k, v in self.statement.items() if notes["statement"].get(k) != v]:
            raise ValueError(
                f"{self.folder} holds the result of another run ({', '.join(different)}): name another folder, or "
                "delete it"
            )
        saved = notes["saved"]
        return (saved, self._cut(saved, notes["sha256"])) if saved else (0, None)

    def append(self, saved: int, dataset):
        """Add one saved time, of which there are `saved` then."""
        if saved == 1:
            shutil.rmtree(self.result, ignore_errors=True)
            chunks = (1, *(min(n, CHUNK) for n in dataset.u.shape[1:]))
            encoding = {"u": {"chunks": chunks}, "time": {"chunks": (1,)}}
            dataset.to_zarr(self.result, mode="w", zarr_format=3, consolidated=False, encoding=encoding)
        else:
            new = dataset.drop_vars([name for name in dataset.coords if name != "time"])
            new.to_zarr(self.result, append_dim="time", zarr_format=3, consolidated=False)
        self._note(saved, _digest(dataset.u.values[0]))

    def _cut(self, saved: int, digest: str) -> np.ndarray:
        """The last state that counts; what lies beyond is removed."""
        import zarr

        try:
            for rest in self.result.rglob("*.partial"):
                rest.unlink()
            states, times = (zarr.open_array(self.result / name, mode="r+") for name in ("u", "time"))
            states.resize((saved, *states.shape[1:]))
            times.resize((saved,))
            u = np.asarray(states[saved - 1])
        except Exception as error:  # zarr raises nearly anything; all of it means the same
            raise OSError(f"cannot go on from {self.result}: {error}. Delete {self.folder} to begin anew") from error
        if _digest(u) != digest:
            raise OSError(f"cannot go on from {self.result}: it was changed. Delete {self.folder} to begin anew")
        return u

    def _note(self, saved: int, digest: str):
        write_json(self.notes, {"saved": saved, "sha256": digest, "statement": self.statement})

    def _read_notes(self) -> dict | None:
        """What `run.json` says, None if there is none."""
        try:
            notes = json.loads(self.notes.read_text(encoding="utf-8"))
            known = {"saved": int(notes["saved"]), "sha256": str(notes["sha256"])}
            return {**known, "statement": dict(notes["statement"])}
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{self.notes} was not written by pdenn: name another folder") from error


def _digest(u) -> str:
    return hashlib.sha256(np.ascontiguousarray(u).tobytes()).hexdigest()
