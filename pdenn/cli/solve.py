"""`pdenn solve`: a picture, an array or a problem file, with results that can be repeated."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

import pdenn

from ..files import Source, claims, read, write_json, write_picture, write_result
from ..files.claims import plain
from ..files.write import drawn
from . import names, options
from .faults import INTERRUPTED, tell, told
from .options import Boundary, Claim, Coefficients, Contrast, Epsilon, Form, H, Json, Kappa, Law, N, Out, Scheme, Tau
from .tables import show, show_json

FRAMES = 31  # of an animation whose times were not chosen


@told
def solve(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="IMAGE|ARRAY|PROBLEM", help="A picture, .npy, .nc, .zarr, .toml.")],
    t_end: Annotated[float | None, typer.Option(help="Final time.")] = None,
    law: Law = "Charbonnier",
    contrast: Contrast = None,
    epsilon: Epsilon = None,
    kappa: Kappa = None,
    form: Form = "isotropic",
    scheme: Scheme = "FSI",
    n: N = None,
    coefficients: Coefficients = None,
    h: H = "1",
    boundary: Boundary = "reflecting",
    tau: Tau = None,
    certificate: Claim = "bounded",
    times: Annotated[str | None, typer.Option(help="Times to save, such as 0,1,2.5.")] = None,
    out: Out = None,
    format: Annotated[str, typer.Option(help="nc or zarr.")] = "nc",
    figure: Annotated[bool, typer.Option("--figure", help="Also figure.png: the result over its saved times.")] = False,
    animation: Annotated[bool, typer.Option("--animation", help=f"Also animation.gif (.mp4 with pdenn[video]): a frame for "
                         f"every saved time, {FRAMES} of them by default.")] = False,
    checkpoint: Annotated[bool, typer.Option(help="Keep the run on disk, and go on from there.")] = False,
    as_json: Json = False,
):  # fmt: skip
    """Solve a diffusion equation with a picture or an array as initial state, or what a problem file describes.

    Writes picture.png (from a picture), result.nc and certificate.json, whole or not at all; a figure and an animation if
    they are asked for. A problem file (TOML) says everything itself; its result.zarr grows as the run goes, and the same
    command goes on with a run that was killed.
    """
    if source.suffix.lower() == ".toml":
        return _solve_problem(context, source, out, as_json)
    if t_end is None:
        raise ValueError("--t-end must be given, such as --t-end 5")
    results = Results(out or Path(f"pdenn-{source.stem}"), format, figure, animation)
    state = read(source)
    A = options.operator(law, contrast, epsilon, kappa, form, state.shape, h, boundary)
    chosen = names.scheme(scheme, n=n, coefficients=coefficients)
    asked = {"tau": tau, "certificate": options.claim(certificate), "times": _times(times, t_end, animation)}
    results.prepare(source)
    solution = _run(A, state.u, chosen, t_end, asked, results.checkpoint if checkpoint else None)
    _say(*results.write(solution, state), lines(solution), as_json)


def _times(text: str | None, t_end: float, animation: bool) -> tuple[float, ...]:
    """The saved times: those that are asked for, or what a film needs."""
    if animation and not t_end > 0:
        raise ValueError(f"t_end must be > 0 for an animation, got {t_end!r}")
    if text is None:
        return tuple(t_end * k / (FRAMES - 1) for k in range(FRAMES)) if animation else ()
    times = names.numbers("times", text) if text else ()
    if animation and len(times) < 2:
        raise ValueError(f"times must be two at least for an animation, got {text!r}")
    return times


def _say(record, written, said, as_json):
    if as_json:
        show_json({**record, "written": list(map(str, written))})
    else:
        show(*said, *(f"wrote {path}" for path in written))


def _solve_problem(context, source, out, as_json):
    """What a problem file describes; pydantic is imported only here."""
    from ..files import memory, problem, run

    given = [name for name in context.params if _is_given(context, name)]
    if other := sorted(set(given) - {"source", "out", "as_json"}):
        names_of_options = ", ".join(f"--{name.replace('_', '-')}" for name in other)
        raise ValueError(f"{source} says everything itself: only --out and --json go with it, got {names_of_options}")
    asked = problem.read(source)
    if not as_json:
        where = asked.domain if asked.grid is None else f"{asked.grid.shape} cells, h = {asked.grid.h}"
        show(f"{asked.equation} on {where}",
             f"{asked.scheme} to t = {asked.run.t_end:g}, {len(asked.run.saved)} saved times, "
             f"at most {memory.size(asked.memory)} of memory")  # fmt: skip
    try:
        written = run.run(asked, out)
    except KeyboardInterrupt:
        tell("interrupted: the run is kept; the same command goes on from there")
        raise typer.Exit(INTERRUPTED) from None
    record = json.loads(written[1].read_text(encoding="utf-8"))
    _say(record, written, [f"certificate: {asked.proof or 'none asked for'}"], as_json)


def _is_given(context, name) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _run(A, u, scheme, t_end, asked, checkpoint):
    """The solution; Ctrl-C says where the checkpoint is."""
    try:
        return pdenn.solve(A, u, scheme, t_end, checkpoint=checkpoint, **asked)
    except KeyboardInterrupt:
        if checkpoint is not None and checkpoint.exists():
            tell(f"interrupted: the run is kept in {checkpoint}; the same command goes on from there")
        else:
            tell("interrupted: nothing was kept; --checkpoint keeps a run")
        raise typer.Exit(INTERRUPTED) from None


@dataclass(frozen=True)
class Results:
    """The folder with the results of a run."""

    folder: Path
    format: str
    figure: bool
    animation: bool

    @property
    def result(self) -> Path:
        return self.folder / f"result.{self.format}"

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.npz"

    def prepare(self, source: Path):
        """Make the folder before a long run, not after it; raise if it cannot be, or if `source` lies in the way."""
        if self.format not in ("nc", "zarr"):
            raise ValueError(f"format must be nc or zarr, got {self.format!r}")
        names = (self.result.name, "picture.png", "figure.png", "animation.gif", "animation.mp4")
        if source.resolve() in {(self.folder / name).resolve() for name in names}:
            raise ValueError(f"out={str(self.folder)!r} would overwrite {source}: name another folder")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"cannot write into {self.folder}: {error.strerror}. Name another folder with --out"
            raise OSError(error.errno, reason) from error

    def write(self, solution, state: Source) -> tuple[dict, list[Path]]:
        """Everything; what certificate.json says, and the paths."""
        written = [self.result, self.folder / "certificate.json"]
        origin: dict = {"input": str(state.path), "input_sha256": state.sha256}
        if state.scale is not None:
            origin["input_scale"] = state.scale
            written.insert(0, self.folder / "picture.png")
            write_picture(written[0], solution.u)
        dataset = solution.to_xarray().assign_attrs(origin)
        write_result(self.result, dataset)
        proof = solution.certificate
        record = {**solution.provenance(), **origin, "certificate": proof and plain(proof)}
        record["claims"] = claims(solution.scheme, solution.operator)
        write_json(written[-1], record)
        written += drawn(self.folder, dataset, self.figure, self.animation)
        self.checkpoint.unlink(missing_ok=True)  # the result is safe: the run needs no going on
        return record, written


def lines(solution) -> list[str]:
    """What was done, for people."""
    grid = solution.operator.grid
    claim = "none asked for" if solution.certificate is None else solution.certificate
    return [
        f"{solution.operator.equation} on {grid.shape} cells, h = {grid.h}",
        f"{solution.scheme}: {solution.steps} steps of τ = {solution.tau:.6g} to t = {solution.t:g}, "
        f"{solution.calls} evaluations, {solution.seconds:.2f} s",
        f"certificate: {claim}",
    ]
