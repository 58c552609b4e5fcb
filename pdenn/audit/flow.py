"""The audit of steps in time on a graph: certificates, singular vectors and spikes."""

import math
from numbers import Integral, Real

import numpy as np
import scipy
from numpy.typing import NDArray

from ..certificates import CLAIMS, Certificate, claims
from ..schemes import ExplicitEuler
from ..schemes.protocol import Scheme
from .matrices import Definition, Matrix, OnGraph, Stepped, matrix_of
from .proposals import measured, proposals
from .report import Audit, Finding, Witness

ROUNDING = 1e-9  # a violation that is not larger is none
SPIKES, TOGETHER = 4096, 256
DENSE = 64


def audit_flow(A: OnGraph, tau: object, steps: object = 1, scheme: Scheme | None = None) -> Audit:
    """The audit of `steps` steps of size `tau` on an operator on a graph; see `audit`."""
    scheme = ExplicitEuler() if scheme is None else scheme
    if isinstance(tau, bool) or not isinstance(tau, Real) or not 0 < float(tau) < math.inf:
        raise ValueError(f"tau must be a finite number > 0, got {tau!r}")
    if isinstance(steps, bool) or not isinstance(steps, Integral) or int(steps) < 1:
        raise ValueError(f"steps must be a positive integer, got {steps!r}")
    tau, steps = float(tau), int(steps)
    found = claims(scheme, A)
    findings = tuple(_finding(claim, found[claim], A, scheme, tau, steps) for claim in CLAIMS)
    subject = f"{steps} steps of {scheme} with τ = {tau:.6g} (time {steps * tau:.6g}) for {A.equation} on {A.grid!r}"
    if not A.bound.linear:
        return Audit(subject, findings)
    better = () if all(f.verdict == "holds" for f in findings) else proposals(A, steps * tau)
    return Audit(subject, findings, measured(scheme, A, steps * tau, steps), better)


def _finding(claim: str, proof: Certificate | str, A: OnGraph, scheme: Scheme, tau: float, steps: int) -> Finding:
    because = proof.because if isinstance(proof, Certificate) else proof
    limit = proof.tau if isinstance(proof, Certificate) else None
    margin = None if limit is None else tau / limit
    if margin is not None and margin <= 1 + 1e-12:
        return Finding(claim, "holds", limit, margin, because)
    if not A.bound.linear:
        return Finding(claim, "open", limit, margin, f"no witness is sought for a nonlinear operator; {because}")
    seek = _spike if claim == "max-min" else _mode
    witness = seek(claim, A, scheme, tau, steps)
    return Finding(claim, "open" if witness is None else "fails", limit, margin, because, witness)


def _mode(claim: str, A: OnGraph, scheme: Scheme, tau: float, steps: int) -> Witness | None:
    """The state whose norm a step stretches most: the first singular vector of the step."""
    u = _stretched(A, scheme, tau)
    one, all_ = _repeated(A, scheme, tau, steps, u)
    growth, in_the_end = (float(np.linalg.norm(v) / np.linalg.norm(u)) for v in (one, all_))
    if not growth > 1 + ROUNDING:
        return None
    what = f"the norm of a state grows {growth:.4f} times in a step, {in_the_end:.4g} times in {steps}"
    return Witness(u, growth, in_the_end, what)


def _stretched(A: OnGraph, scheme: Scheme, tau: float) -> NDArray[np.float64]:
    m, n = matrix_of(A), A.grid.size
    forward: Stepped = Matrix(m, A)
    backward: Stepped = Matrix(m.T.tocsr(), A)
    if n <= DENSE:
        return np.linalg.svd(scheme.step(forward, 0.0, np.eye(n), tau).T)[2][0]
    step = scipy.sparse.linalg.LinearOperator(
        (n, n),
        dtype=float,
        matvec=lambda v: scheme.step(forward, 0.0, v.ravel(), tau),
        rmatvec=lambda v: scheme.step(backward, 0.0, v.ravel(), tau),
    )
    start = np.random.default_rng(0).standard_normal(n)
    return scipy.sparse.linalg.svds(step, k=1, v0=start, solver="arpack")[2][0]


def _spike(claim: str, A: OnGraph, scheme: Scheme, tau: float, steps: int) -> Witness | None:
    """A state of zeros with a one that leaves [0, 1], or the constant if that does not stay."""
    n = A.grid.size
    nodes = np.argsort(-A.grid.degrees, kind="stable")[:SPIKES]
    B: Stepped = Matrix(matrix_of(A), A)
    best, worst = np.ones(n), float(_excess(scheme.step(B, 0.0, np.ones((1, n)), tau), 1.0, 1.0)[0])
    for first in range(0, len(nodes), TOGETHER):
        some = nodes[first : first + TOGETHER]
        units = np.zeros((len(some), n))
        units[np.arange(len(some)), some] = 1.0
        found = _excess(scheme.step(B, 0.0, units, tau), 0.0, 1.0)
        if found.max() > worst:
            best, worst = units[found.argmax()], float(found.max())
    one, all_ = _repeated(A, scheme, tau, steps, best)
    low = float(best.min())
    excess, in_the_end = (float(_excess(v[None], low, 1.0)[0]) for v in (one, all_))
    if not excess > ROUNDING:
        return None
    state = "the constant 1" if low == 1.0 else f"the state that is 1 in node {int(best.argmax())} and 0 elsewhere"
    what = (
        f"{state} becomes [{one.min():.4g}, {one.max():.4g}] in a step, [{all_.min():.4g}, {all_.max():.4g}] in {steps}"
    )
    return Witness(best, excess, in_the_end, what)


def _excess(v: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """How far the states leave `[low, high]`."""
    return np.maximum(low - v.min(-1), v.max(-1) - high)


def _repeated(
    A: OnGraph, scheme: Scheme, tau: float, steps: int, u: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The state after one step and after all, by the textbook definition: not the code that found it."""
    definition: Stepped = Definition(A)
    one = after = scheme.step(definition, 0.0, u, tau)
    for _ in range(steps - 1):
        after = scheme.step(definition, 0.0, after, tau)
    return one, after
