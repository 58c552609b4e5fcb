"""A problem file: equation, grid or graph, initial state, scheme, run and outputs in TOML, validated before anything runs.

pydantic checks the tables, the classes of the package check themselves, and every error says line and key. This module
is imported only where a problem file is read.
"""

import math
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ..certificates import certificate
from ..operators import discretise
from ..solve import check_problem, step_limit
from . import entries, memory
from .lines import line_of
from .parts import Folder, Wrong

MOST_BYTES = 2**16  # of a problem file
# Arrays of the size of the state that a step keeps at once, at most: measured on the schemes and operators there are.
EXPLICIT_ARRAYS, IMPLICIT_ARRAYS = 32, 80
COUPLING_ARRAYS = 8  # on a graph also arrays with an entry for every coupling and every state of a batch
MOST_TIMES = 100_000
Time = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Table(BaseModel):
    """No unknown keys, and no values of another type than the one that is named."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


class Run(Table):
    """How long, in which steps, under which claim, and what is saved; the end is always saved."""

    t_end: Time
    tau: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    certificate: Literal["bounded", "contractive", "max-min", "none"] = "bounded"
    times: list[Time] = []
    every: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None

    @property
    def claim(self) -> str | None:
        return None if self.certificate == "none" else self.certificate

    @property
    def saved(self) -> tuple[float, ...]:
        """The saved times, the end among them; `every` so often from 0 on, unless they are listed."""
        times = self.times if self.every is None else [k * self.every for k in range(self._count)]
        return (*(t for t in times if t != self.t_end), self.t_end)

    @property
    def _count(self) -> int:
        """Of the multiples of `every` that lie before the end; one that rounding alone parts from it is the end."""
        return math.ceil(self.t_end / self.every * (1 - 1e-12)) if self.every else 0

    @model_validator(mode="after")
    def _check_times(self):
        if self.every is not None and self.times:
            raise Wrong("is for runs without times: take one of both", ("every",))
        if self.every is not None and self.t_end / self.every > MOST_TIMES:
            raise Wrong(f"must leave at most {MOST_TIMES} saved times, got {self.every:g}", ("every",))
        return self


class Output(Table):
    """Where the results go, below the folder of the problem file; by default a folder with its name."""

    folder: str | None = None
    picture: bool = False
    figure: bool = False
    animation: bool = False


class Problem(Table):
    """What a problem file says.

    Attributes
    ----------
    title : str
    initial : tuple
        What describes the initial state, and the `Source` of its file or None.
    equation, scheme
        Instances of the public classes.
    grid : Grid or None
    graph : Placed or None
        One of both is given.
    run : Run
    output : Output
    """

    title: str = ""
    initial: Annotated[Any, BeforeValidator(entries.initial)]
    equation: Annotated[Any, BeforeValidator(entries.equation)]
    grid: Annotated[Any, BeforeValidator(entries.grid)] = None
    graph: Annotated[Any, BeforeValidator(entries.graph)] = None
    scheme: Annotated[Any, BeforeValidator(entries.scheme)]
    run: Run
    output: Output = Output()
    _text: str = ""
    _path: Path = Path()
    _inputs: dict = {}

    @model_validator(mode="after")
    def _check_domain(self):
        if (self.grid is None) == (self.graph is None):
            raise Wrong("either a grid or a graph must be given", ("graph",))
        return self

    @property
    def domain(self):
        """The grid or the graph."""
        return self.graph.graph if self.grid is None else self.grid

    @property
    def places(self):
        """The points of the nodes of a graph that has some, an array of shape (nodes, features); None otherwise."""
        return None if self.graph is None else self.graph.points

    @property
    def text(self) -> str:
        """The file."""
        return self._text

    @property
    def inputs(self) -> dict[str, str]:
        """The SHA-256 of every file that was read, by its name in the problem file."""
        return self._inputs

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return Folder(self._path.parent).inside(self.output.folder or f"{self._path.stem}-results")

    @property
    def operator(self):
        return discretise(self.equation, self.domain)

    def state(self):
        """The initial state, an array of shape `(..., *domain.shape)`."""
        model, source = self.initial
        return model.state(self.domain, self.places, None if source is None else source.u)

    @property
    def proof(self):
        """The certificate of the claim asked for, None if none is."""
        return None if self.run.claim is None else certificate(self.scheme, self.operator, self.run.claim)

    @property
    def memory(self) -> int:
        """The bytes that a run needs, at most: some arrays of the size of the state, on graphs also of the couplings."""
        model, source = self.initial
        values = self.domain.size if source is None else source.u.size
        couplings = 0 if self.graph is None else self.domain.couplings.nnz * (values // self.domain.size)
        kept = arrays(self.scheme, values) * values + COUPLING_ARRAYS * couplings
        return kept * (4 if model.dtype == "float32" else 8)


def arrays(scheme, values: int) -> int:
    """How many arrays of `values` numbers, the size of the state, a step keeps at once, at most; more if it solves equations."""
    if hasattr(scheme, "solver"):
        return IMPLICIT_ARRAYS
    if getattr(scheme, "method", None) in ("Radau", "BDF", "LSODA"):
        return 8 * values + IMPLICIT_ARRAYS  # SciPy's Jacobian is dense, and factorised, of complex numbers too
    return max(
        (arrays(part, values) for part in vars(scheme).values() if hasattr(part, "step")), default=EXPLICIT_ARRAYS
    )


def read(path) -> Problem:
    """The problem that a file describes.

    Parameters
    ----------
    path : path

    Returns
    -------
    Problem

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is no TOML, or an entry is missing, unknown or out of range: with the line, the key, the value and what is
        allowed. Also if the run needs more memory than there is.
    """
    path = Path(path)
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"cannot read {path} as TOML: {error}") from error
    folder = Folder(path.parent)
    try:
        problem = Problem.model_validate(data, context=folder)
    except ValidationError as error:
        raise ValueError("\n".join(_message(path, text, entry) for entry in error.errors())) from error
    problem._text, problem._path, problem._inputs = text, path, dict(folder.read)
    memory.check_memory(problem.memory, f"the run of {path}, at most,")
    _check_whole(problem, path, text)
    return problem


def _text(path: Path) -> str:
    with open(path, "rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ValueError(f"cannot use {path}: a problem file has at most {MOST_BYTES} bytes; put arrays into files")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"cannot read {path}: it is not UTF-8 ({error.reason} at byte {error.start})") from error


def _check_whole(problem: Problem, path, text):
    """What no entry can know by itself."""
    saved = problem.run.saved
    if any(b <= a for a, b in pairwise(saved)):
        given = f"must increase up to t_end = {problem.run.t_end:g}, got {problem.run.times}"
        raise ValueError(_located(path, text, ("run", "times"), given))
    for place, make in (
        (("output", "folder"), lambda: problem.folder),
        (("output", "animation"), lambda: _check_film(problem)),
        (("equation",), lambda: problem.operator),
        (("initial",), lambda: check_problem(problem.operator, problem.state(), problem.scheme)),
        (("run", "certificate"), lambda: problem.proof),
        (("run", "tau"), lambda: step_limit(problem.run.tau, problem.proof, problem.scheme)),
    ):
        try:
            make()
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ValueError(_located(path, text, place, str(error))) from error


def _check_film(problem: Problem):
    if problem.output.animation and len(problem.run.saved) < 2:
        raise ValueError("an animation needs two saved times at least: give run.times or run.every")


def _message(path, text, entry) -> str:
    """One error of pydantic, or of a class that it called, with line and key."""
    error = entry.get("ctx", {}).get("error")
    place, reason = entry["loc"], f"{entry['msg']}, got {entry['input']!r}"
    if entry["type"] in ("missing", "extra_forbidden"):
        reason = "is missing" if entry["type"] == "missing" else "is no key that is known here"
    if isinstance(error, Wrong):
        place, reason = (*place, *error.place), str(error)
    return _located(path, text, place, reason)


def _located(path, text, place, reason) -> str:
    line = line_of(text, place)
    key = ".".join(str(step) for step in place)
    return f"{path}{'' if line is None else f', line {line}'}: {key}: {reason}"
