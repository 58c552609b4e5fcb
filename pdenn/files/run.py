"""A problem file run: saved times are appended as they are reached, and a run that was killed goes on."""

import json
import platform
from pathlib import Path

import numpy as np

from ..solve import solve, step_limit
from .claims import claims, plain
from .lock import locked
from .problem import Problem
from .record import Record
from .write import drawn, write_json, write_picture

MOST_AXES = 3  # of points that are places; more are features


def run(problem: Problem, folder=None) -> list[Path]:
    """Run a problem into a folder, or go on with it.

    The run goes from saved time to saved time with the steps of one `solve` over all of them, so that its states are
    the same to the bit, wherever it was killed. Between two saved times it keeps a checkpoint every 30 seconds.

    Parameters
    ----------
    problem : Problem
        From `pdenn.files.problem.read`.
    folder : path, optional
        In place of the one that the problem names.

    Returns
    -------
    list of Path
        `result.zarr` with the variable `u(time, ..., x0, x1, x2)` and the problem file, versions, seed and certificate
        as attributes; `certificate.json`; `picture.png`, `figure.png`, `animation.gif` (and `.mp4`, see `films`) if the
        problem asks for them.

    Raises
    ------
    OSError
        Another run holds the folder, or it cannot be written.
    ValueError
        The folder holds the result of another problem.
    """
    folder = problem.folder if folder is None else Path(folder)
    with locked(folder):
        record = Record(folder, statement(problem))
        u = _march(problem, record)
        return [record.result, *_finish(problem, folder, u)]


def _march(problem, record):
    """The final state; every saved time is recorded on the way."""
    A, saved, asked = problem.operator, problem.run.saved, problem.run
    done, u = record.resumed()
    u = problem.state() if u is None else u
    for k in range(done, len(saved)):
        checkpoint = record.folder / f"checkpoint-{k}.npz"
        _remove_checkpoints(record.folder, but=checkpoint)
        begin = saved[k - 1] if k else 0.0
        solution = solve(A, u, problem.scheme, saved[k], t_start=begin, tau=asked.tau, certificate=asked.claim,
                         checkpoint=checkpoint)  # fmt: skip
        u = solution.u
        record.append(k + 1, described(solution.to_xarray(), problem))
    _remove_checkpoints(record.folder)
    return u


def _remove_checkpoints(folder, but=None):
    """Of stretches that are finished."""
    for path in folder.glob("checkpoint-*.npz*"):
        if path != but:
            path.unlink()


def _finish(problem, folder, u) -> list[Path]:
    """Write what is written once, at the end."""
    written = [folder / "certificate.json"]
    proof = problem.proof
    record = {**attributes(problem), "certificate": proof and plain(proof)}
    write_json(written[0], {**record, "claims": claims(problem.scheme, problem.operator)})
    if problem.output.picture:
        written.append(folder / "picture.png")
        write_picture(written[-1], u)
    return written + _draw(problem.output, folder)


def _draw(output, folder) -> list[Path]:
    """The figure and the films that are asked for, from the record."""
    import xarray

    with xarray.open_zarr(folder / "result.zarr", consolidated=False) as dataset:
        return drawn(folder, dataset, output.figure, output.animation)


def described(dataset, problem):
    """The dataset of a stretch with the attributes of the whole run, and the places of the nodes of a graph."""
    facts = {"Conventions": dataset.attrs["Conventions"], **attributes(problem)}
    scale = None if problem.initial[1] is None else problem.initial[1].scale
    facts |= {} if scale is None else {"input_scale": scale}
    points = () if problem.places is None or problem.places.shape[1] > MOST_AXES else problem.places.T
    places = {f"p{i}": ("node", x, {"long_name": f"coordinate {i} of the node"}) for i, x in enumerate(points)}
    return dataset.drop_attrs(deep=False).assign_coords(places).assign_attrs(facts)


def statement(problem) -> dict[str, str]:
    """All that the result depends on, as far as this package knows."""
    from .. import __version__

    inputs = json.dumps(problem.inputs, sort_keys=True)
    return {"problem": problem.text, "pdenn": __version__, "inputs": inputs}


def attributes(problem) -> dict[str, str | int | float]:
    """What says how to repeat the result."""
    proof = problem.proof
    return {
        **statement(problem),
        "title": problem.title,
        "equation": str(problem.equation),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "operator": repr(problem.operator),
        "scheme": repr(problem.scheme),
        "seed": problem.initial[0].seed,
        "t_end": problem.run.t_end,
        "tau_limit": step_limit(problem.run.tau, proof, problem.scheme),
        "certificate": "none asked for" if proof is None else str(proof),
    }
