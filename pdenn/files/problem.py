"""A problem file: equation, grid, initial state, scheme, run and outputs in TOML, validated before anything runs.

pydantic checks the tables, the classes of the package check themselves, and every error says line and key. This module
is imported only where a problem file is read.
"""

import tomllib
from functools import reduce
from itertools import pairwise
from operator import add
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from ..certificates import certificate
from ..equations import Statement
from ..grids import Grid
from ..operators import discretise
from ..solve import check_problem, step_limit
from . import initial as states
from . import memory
from .lines import line_of
from .parts import Folder, Wrong, built, built_at, called, chosen, parameters

MOST_BYTES = 2**16  # of a problem file
# Arrays of the size of the state that a step keeps at once, at most: measured on the schemes and operators there are.
EXPLICIT_ARRAYS, IMPLICIT_ARRAYS = 32, 80
Time = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _folder(info: ValidationInfo) -> Folder:
    assert isinstance(info.context, Folder)  # `read` gives it
    return info.context


def _equation(node, info: ValidationInfo):
    """One table, or several that are added up."""
    terms = built(node, _folder(info))
    terms = terms if isinstance(node, list) else (terms,)
    for i, term in enumerate(terms):
        if not isinstance(term, Statement):
            raise Wrong(f"must be an equation, got {term!r}", (i,) * isinstance(node, list))
    if not terms:
        raise Wrong("must have at least one term, got []")
    return reduce(add, terms)


def _initial(node, info: ValidationInfo):
    """The initial state, with the array of its file; a tuple (model, array or None)."""
    if not isinstance(node, dict):
        raise Wrong(f'must be a table such as {{ kind = "gaussian", width = 2.0 }}, got {node!r}')
    model = chosen(node.get("kind"), states.KINDS)(**{key: value for key, value in node.items() if key != "kind"})
    if not isinstance(model, states.File):
        return model, None
    try:
        return model, _folder(info).state(model.path)
    except Wrong as error:
        raise error.below("path") from error


def _grid(node, info: ValidationInfo):
    """The grid; its shape is that of the file with the initial state unless it is given."""
    if not isinstance(node, dict):
        raise Wrong(f"must be a table such as {{ shape = [64, 64] }}, got {node!r}")
    for key in (key for key in node if key not in parameters(Grid)):
        raise Wrong(f"Grid has no such parameter: it has {', '.join(parameters(Grid))}", (key,))
    given = {key: built_at(key, value, _folder(info)) for key, value in node.items()}
    _, source = info.data.get("initial", (None, None))
    if "shape" not in given and source is not None:
        given["shape"] = source.shape
    if "shape" not in given:
        raise Wrong("must have a shape, such as [64, 64]: the initial state has none of its own")
    grid = called(Grid, given)
    if source is not None and source.shape != grid.shape:
        raise Wrong(f"must be {list(source.shape)} as in {source.path.name}, got {list(grid.shape)}", ("shape",))
    return grid


def _scheme(node, info: ValidationInfo):
    scheme = built(node, _folder(info))
    if not hasattr(scheme, "step"):
        raise Wrong(f'must be a scheme such as {{ kind = "FSI", n = 8 }}, got {scheme!r}')
    return scheme


class Table(BaseModel):
    """No unknown keys, and no values of another type than the one that is named."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


class Run(Table):
    """How long, in which steps, under which claim, and what is saved; the end is always saved."""

    t_end: Time
    tau: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    certificate: Literal["bounded", "contractive", "max-min", "none"] = "bounded"
    times: list[Time] = []

    @property
    def claim(self) -> str | None:
        return None if self.certificate == "none" else self.certificate

    @property
    def saved(self) -> tuple[float, ...]:
        """The saved times, the end among them."""
        return (*(t for t in self.times if t != self.t_end), self.t_end)


class Output(Table):
    """Where the results go, below the folder of the problem file; by default a folder with its name."""

    folder: str | None = None
    picture: bool = False


class Problem(Table):
    """What a problem file says.

    Attributes
    ----------
    title : str
    initial : tuple
        What describes the initial state, and the `Source` of its file or None.
    equation, grid, scheme
        Instances of the public classes.
    run : Run
    output : Output
    """

    title: str = ""
    initial: Annotated[Any, BeforeValidator(_initial)]
    equation: Annotated[Any, BeforeValidator(_equation)]
    grid: Annotated[Any, BeforeValidator(_grid)]
    scheme: Annotated[Any, BeforeValidator(_scheme)]
    run: Run
    output: Output = Output()
    _text: str = ""
    _path: Path = Path()
    _inputs: dict = {}

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
        return discretise(self.equation, self.grid)

    def state(self):
        """The initial state, an array of shape `(..., *grid.shape)`."""
        model, source = self.initial
        return model.state(self.grid, None if source is None else source.u)

    @property
    def proof(self):
        """The certificate of the claim asked for, None if none is."""
        return None if self.run.claim is None else certificate(self.scheme, self.operator, self.run.claim)

    @property
    def memory(self) -> int:
        """The bytes that a run needs, at most: some arrays of the size of the state."""
        model, source = self.initial
        values = self.grid.size if source is None else source.u.size
        return arrays(self.scheme) * values * (4 if model.dtype == "float32" else 8)


def arrays(scheme) -> int:
    """How many arrays of the size of the state a step keeps at once, at most; more if it solves equations."""
    if hasattr(scheme, "solver"):
        return IMPLICIT_ARRAYS
    return max((arrays(part) for part in vars(scheme).values() if hasattr(part, "step")), default=EXPLICIT_ARRAYS)


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
        (("equation",), lambda: problem.operator),
        (("initial",), lambda: check_problem(problem.operator, problem.state(), problem.scheme)),
        (("run", "certificate"), lambda: problem.proof),
        (("run", "tau"), lambda: step_limit(problem.run.tau, problem.proof, problem.scheme)),
    ):
        try:
            make()
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ValueError(_located(path, text, place, str(error))) from error


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
