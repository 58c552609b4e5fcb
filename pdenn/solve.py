"""The one time loop."""

import math
import time
from collections.abc import Iterable, Iterator
from itertools import pairwise
from numbers import Real
from os import PathLike
from typing import Any, TypeAlias

import numpy as np
from tqdm import tqdm

from . import checkpoints
from .arrays import State, check_finite, check_state, is_finite, is_half, is_torch
from .certificates import Certificate
from .certificates import certificate as certificate_of
from .checkpoints import Checkpoint
from .counted import Counted
from .errors import Diverged, StepTooLarge
from .operators import fused
from .operators.compiled import Compiled
from .operators.protocol import Operator
from .schemes.protocol import Scheme
from .schemes.trace import Butcher, trace
from .solution import Solution

Steps: TypeAlias = list[tuple[float, float]]  # the time at which each begins, and its size
CHECK_EVERY = 16  # steps between two looks for NaN: a look reads the state once, a step many times
CHECKPOINT_SECONDS = 30.0
MOST = 10**8  # steps: their times alone fill 10 GB
LARGE = 1 << 20  # entries that one thread reads for longer than others take to begin


def solve(
    A: Operator,
    u0: State,
    scheme: Scheme,
    t_end: float,
    *,
    tau: float | None = None,
    certificate: str | None = "bounded",
    times: Iterable[float] = (),
    progress: bool | None = None,
    checkpoint: str | PathLike[str] | None = None,
    t_start: float = 0.0,
) -> Solution[State]:
    """Solve `du/dt = A(t, u)`, `u(t_start) = u0`, up to `t_end`.

    Parameters
    ----------
    A : Operator
        From `pdenn.discretise`.
    u0 : array or tensor of shape ``(..., *grid.shape)``
        Initial state, float32 or float64; leading axes are a batch. Its dtype and kind go through unchanged. Tensors of half
        precision need an operator from `pdenn.compiled` and an explicit scheme.
    scheme : Scheme
    t_end : float
        Final time, `≥ t_start`, in the units of `h²` over diffusivity.
    tau : float, optional
        Step size (of a whole cycle for cyclic schemes). Every interval between saved times is cut into the fewest equal
        steps not longer than `tau`; by default than the limit of the certificate.
    certificate : {"bounded", "contractive", "max-min"} or None
        The claim that must be proved for the steps taken; None switches the check off and asks for `tau`.
    times : sequence of float
        Increasing times in `[t_start, t_end]` at which the state is saved.
    progress : bool, optional
        Show a progress bar; by default on runs of more than two seconds at a terminal.
    checkpoint : path, optional
        File in which the run is kept every 30 seconds, on interruption, and at the end; if it exists, the run goes on
        from there. It stays when the run is finished.
    t_start : float
        The time of the initial state, `≥ 0`. From one saved time to the next, `solve` takes the steps of a run over both.

    Returns
    -------
    Solution

    Raises
    ------
    TypeError, ValueError
        Naming the argument, its value, and what is allowed.
    NoCertificate
        The claim is not provable for this scheme and operator.
    StepTooLarge
        `tau` exceeds the limit of the claim.
    Diverged
        NaN or infinity appeared (only possible without a certificate, or on overflow).

    Examples
    --------
    >>> A = pn.discretise(pn.Diffusion(), pn.Grid((8,), h=0.5))
    >>> wave = np.cos(np.pi * A.grid.coordinates()[0] / 4)
    >>> solution = pn.solve(A, wave, pn.RKL2(n=4), 1.0, tau=0.1)
    >>> solution.steps, round(float(solution.u[0] / wave[0]), 3)  # exp(-π²/16) = 0.540 on a fine grid
    (10, 0.544)
    """
    check_problem(A, u0, scheme)
    t_start, t_end = _number("t_start", t_start), _number("t_end", t_end)
    times = _saved_times(times, t_start, t_end)
    proof = None if certificate is None else certificate_of(scheme, A, certificate)
    for term in getattr(A, "terms", (A,)) if proof is not None else ():
        if hasattr(term, "check_range"):
            term.check_range(u0, "u0")
    steps, saved = _plan(t_start, t_end, times, step_limit(tau, proof, scheme))
    start = Checkpoint(0, u0, ())
    if 0 in saved or not steps:  # what is returned is not the caller's own array
        first = u0.clone() if is_torch(u0) else np.array(u0)
        start = Checkpoint(0, first, (first,) if 0 in saved else ())
    run = None
    if checkpoint is not None:
        run = checkpoints.name_of_run(A, u0, scheme, steps, times)
        start = checkpoints.like(checkpoints.read(checkpoint, run), u0) or start
    counted, begin = Counted(A), time.perf_counter()
    state = _march(counted, scheme, steps, saved, start, progress, checkpoint, run)
    seconds, largest = time.perf_counter() - begin, max((tau for _, tau in steps), default=0.0)
    taken = len(steps) - start.done
    return Solution(t_end, state.u, times, state.snapshots, largest, taken, counted.calls, seconds, proof, A, scheme)


def _march(
    A: Any,
    scheme: Scheme,
    steps: Steps,
    saved: set[int],
    state: Checkpoint,
    progress: bool | None,
    checkpoint: Any,
    run: Any,
) -> Checkpoint:
    """The state after all `steps`, kept in `checkpoint` on the way."""
    written = time.perf_counter()
    bar = tqdm(total=len(steps), initial=state.done, unit="step", delay=2.0, leave=False,
               disable=None if progress is None else not progress)  # fmt: skip
    try:
        with bar:
            for group in _groups(A, scheme, steps, saved, state):
                u, done = fused.steps(scheme, A, group, state.u), state.done + len(group)
                t, tau = group[-1]
                if done % CHECK_EVERY == 0 or done in saved or done == len(steps):
                    _check_alive(u, t + tau, tau)
                state = Checkpoint(done, u, (*state.snapshots, u) if done in saved else state.snapshots)
                bar.update(len(group))
                if checkpoint is not None and time.perf_counter() - written > CHECKPOINT_SECONDS:
                    _keep(checkpoint, run, state)
                    written = time.perf_counter()
    finally:
        if checkpoint is not None:
            _keep(checkpoint, run, state)
    return state


def _groups(A: Any, scheme: Scheme, steps: Steps, saved: set[int], state: Checkpoint) -> Iterator[Steps]:
    """The steps to take, those together of which a short explicit scheme makes one sweep over memory.

    Groups end at looks for NaN and at saved times alone, so that a run that was interrupted repeats itself to the bit.
    """
    together = fused.recurs(A, state.u) and _is_short(scheme)
    group: Steps = []
    for done in range(state.done + 1, len(steps) + 1):
        group.append(steps[done - 1])
        if not together or done % CHECK_EVERY == 0 or done in saved or done == len(steps):
            yield group
            group = []


def _is_short(scheme: Scheme) -> bool:
    """Whether a step is explicit and has less than four stages; longer ones are sweeps by themselves."""
    table = _explicit_table(scheme)
    return table is not None and table.stages < 4


def _explicit_table(scheme: Scheme) -> Butcher | None:
    """The trace of an explicit scheme; None of another one."""
    try:
        table = trace(scheme)
    except ValueError:
        return None
    return table if table.explicit else None


def _keep(checkpoint: str | PathLike[str], run: str, state: Checkpoint) -> None:
    if _is_finite(state.u):
        checkpoints.write(checkpoint, run, state)


def check_problem(A: Any, u0: Any, scheme: object) -> None:
    """Raise TypeError or ValueError unless these are an operator, a finite state on its grid, and a scheme."""
    if not hasattr(A, "bound"):
        raise TypeError(f"A must be an operator from pn.discretise(equation, grid), got {A!r}")
    if isinstance(scheme, type) or not hasattr(scheme, "step"):
        raise TypeError(f"scheme must be an instance such as pn.FSI(n=8), got {scheme!r}")
    check_state(u0, A.grid.shape, "u0", half=isinstance(A, Compiled))
    if is_half(u0) and _explicit_table(scheme) is None:
        raise TypeError(f"u0 must be of dtype float32 or float64 for {scheme}, got {u0.dtype}: only the sums of explicit "
                        "schemes are rounded once")  # fmt: skip
    if not _is_finite(u0):
        check_finite(u0, "u0")


def step_limit(tau: object, proof: Certificate | None, scheme: object) -> float:
    """The largest step that may be taken: `tau` if it is certified, by default the limit of the certificate.

    Raises ValueError, TypeError or StepTooLarge.
    """
    limit = math.inf if proof is None else proof.tau
    if tau is None:
        if math.isinf(limit):
            raise ValueError(f"tau must be given: {scheme} has no step limit here that could choose it")
        return limit
    tau = _number("tau", tau)
    if tau == 0:
        raise ValueError("tau must be positive, got 0")
    if proof is not None and tau > limit * (1 + 1e-12):
        raise StepTooLarge(
            f"tau={tau:g} exceeds the limit {limit:.6g} of the claim {proof.claim!r} for {scheme}: {proof.because}. "
            f"Take tau <= {limit:.6g}, leave tau out, take a longer cycle or another scheme, or ask for less with "
            "certificate=None"
        )
    return tau


def _plan(t_start: float, t_end: float, times: tuple[float, ...], limit: float) -> tuple[Steps, set[int]]:
    """The steps `(t, τ)`, and after how many steps a state is saved."""
    steps: Steps = []
    saved: set[int] = set()
    begin = t_start
    for end in (*times, t_end):
        many = (end - begin) / limit * (1 - 1e-12)
        if many > MOST - len(steps):
            raise ValueError(
                f"t_end={t_end:g} must be reached in at most {MOST:g} steps, got {many:.3g} of size tau={limit:.3g}"
            )
        n = max(1, math.ceil(many)) if end > begin else 0
        steps += [(begin + k * (end - begin) / n, (end - begin) / n) for k in range(n)]
        begin = end
        saved.add(len(steps))
    return steps, saved if t_end in times else saved - {len(steps)} | ({0} if t_start in times else set())


def _saved_times(times: object, t_start: float, t_end: float) -> tuple[float, ...]:
    if t_start > t_end:
        raise ValueError(f"t_end must be at least t_start={t_start:g}, got {t_end:g}")
    if not isinstance(times, Iterable):
        raise TypeError(f"times must be a sequence of numbers, got {times!r}")
    saved = tuple(_number("times", t) for t in times)
    if any(b <= a for a, b in pairwise(saved)) or (saved and not t_start <= saved[0] <= saved[-1] <= t_end):
        raise ValueError(f"times must increase and lie in [{t_start:g}, t_end={t_end:g}], got {saved}")
    return saved


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} must be finite and >= 0, got {value!r}")
    return float(value)


def _is_finite(u: Any) -> bool:
    """Whether `u` holds no NaN and no infinity, of large arrays by all threads: its square tells, if it does not overflow."""
    if isinstance(u, np.ndarray) and u.size >= LARGE and u.dtype in (np.float32, np.float64):
        from .kernels import sums

        with np.errstate(over="ignore", invalid="ignore"):
            return bool(np.isfinite(sums.dot(u, u))) or is_finite(u)
    return is_finite(u)


def _check_alive(u: Any, t: float, tau: float) -> None:
    if not _is_finite(u):
        raise Diverged(f"the solution is NaN or infinite at t={t:.6g} with tau={tau:.6g}: take a smaller tau, "
                       "or let a certificate choose it")  # fmt: skip
