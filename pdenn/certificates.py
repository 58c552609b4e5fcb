"""Certificates: where a constant of a scheme meets a bound of an operator (docs/decisions/006)."""

import math
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np

from .equations import Convection
from .errors import NoCertificate
from .operators.axis import splits
from .operators.combine import Zero
from .operators.protocol import Bound, Constant, Operator
from .operators.spectrum import divided, symbol
from .schemes import AOS, Constants, SemiLagrangian, constants
from .schemes.exponential import Exponential

CLAIMS = ("contractive", "bounded", "max-min")
MEANING = {
    "bounded": "‖u⁺‖₂ ≤ ‖u‖₂",
    "contractive": "‖u⁺ - v⁺‖₂ ≤ ‖u - v‖₂",
    "max-min": "min u ≤ u⁺ ≤ max u (prescribed wall values counted in)",
}
REFERENCE = {
    "polynomial": "Alt, Schrader, Augustin, Peter, Weickert 2022: frozen coefficients, |P| ≤ 1 on [-β, 0]",
    "disk": "Dahlquist and Jeltsch 1979: generalised disks of contractivity",
    "monotonicity": "Kraaijevanger 1991: absolute monotonicity",
    "characteristics": "Staniforth and Côté 1991: multilinear interpolation at the feet of characteristics",
    "flow": "the waves of the grid are orthonormal eigenvectors; e^(τA) of A = -d I + N, N ≥ 0, is a sum of products of N",
    "AOS": "Weickert, ter Haar Romeny, Viergever 1998: additive operator splitting",
}


@dataclass(frozen=True)
class Certificate:
    """A claim that holds for every state, up to a step size.

    Attributes
    ----------
    claim : {"contractive", "bounded", "max-min"}
        `‖u⁺ - v⁺‖₂ ≤ ‖u - v‖₂`, `‖u⁺‖₂ ≤ ‖u‖₂`, `min u ≤ u⁺ ≤ max u`; exact arithmetic, each batch entry by itself.
    tau : float
        The largest step size for which the claim is proved; infinite if there is no limit.
    because : str
        The constants that the limit is made of.
    reference : str
        The theorem.
    """

    claim: str
    tau: float
    because: str
    reference: str

    def __str__(self) -> str:
        return f"{self.claim}: {MEANING[self.claim]} for τ ≤ {self.tau:.6g}, because {self.because} [{self.reference}]"


@singledispatch
def certify(scheme: Any, A: Any = None) -> tuple[Certificate, ...]:
    """What is provable about a scheme on an operator, or about a derived network.

    `certify(scheme, A)` or `certify(network)`.

    Parameters
    ----------
    scheme : Scheme
        Its constants are computed from its own `step`.
    A : Operator
        Supplies its bounds as `A.bound`.

    Returns
    -------
    tuple of Certificate
        Those of the claims contractive, bounded, max-min that hold, in this order. A claim that is missing is not
        provable here: `certificate(scheme, A, claim)` raises with the reason.

    Raises
    ------
    TypeError
        `scheme` is neither a scheme nor a network of which something is proved, or `A` is no operator.
    ValueError
        A weight of the network is NaN or infinite.

    Examples
    --------
    >>> A = pn.discretise(pn.Diffusion(), pn.Grid((4,), h=0.5))
    >>> for proof in pn.certify(pn.ExplicitEuler(), A):
    ...     print(f"{proof.claim}: tau <= {proof.tau:.4f}")
    contractive: tau <= 0.1250
    bounded: tau <= 0.1250
    max-min: tau <= 0.1250
    """
    _check(scheme, A)
    return tuple(c for c in claims(scheme, A).values() if isinstance(c, Certificate))


def certificate(scheme: Any, A: Operator, claim: str) -> Certificate:
    """The certificate of one claim.

    Raises
    ------
    TypeError
        `scheme` is no scheme, or `A` is no operator.
    ValueError
        `claim` is unknown.
    NoCertificate
        The claim is not provable; the message says why and what to do.

    Examples
    --------
    >>> A = pn.discretise(pn.Diffusion(), pn.Grid((4,), h=0.5))
    >>> round(pn.certificate(pn.FSI(n=8), A, "bounded").tau, 4)  # of a cycle, eight calls of A
    3.1325
    """
    if claim not in CLAIMS:
        raise ValueError(f"certificate must be one of {CLAIMS} or None, got {claim!r}")
    _check(scheme, A)
    found = claims(scheme, A)
    wanted = found[claim]
    if isinstance(wanted, Certificate):
        return wanted
    held = [name for name, c in found.items() if isinstance(c, Certificate)]
    raise NoCertificate(
        f"certificate={claim!r} is not provable for {scheme} on this operator: {wanted}. "
        f"Provable: {', '.join(held) or 'nothing'}; certificate=None solves without a claim",
        because=wanted,
    )


def _check(scheme: Any, A: Any) -> None:
    """Raise TypeError unless these are a scheme and an operator."""
    if isinstance(scheme, type) or not hasattr(scheme, "step"):
        given = type(scheme).__name__ if hasattr(scheme, "forward") else repr(scheme)
        raise TypeError(f"scheme must be an instance such as pn.FSI(n=8), or a network with claims, got {given}")
    if not hasattr(A, "bound"):
        raise TypeError(f"A must be an operator from pn.discretise(equation, grid), got {A!r}")


@singledispatch
def claims(scheme: Any, A: Any) -> dict[str, Certificate | str]:
    """Each claim with its certificate, or with the reason why there is none.

    For schemes that are read off their trace; a composed scheme has every claim that all its steps have.
    """
    if hasattr(scheme, "substeps"):
        return _composed(scheme, A)
    if not hasattr(scheme, "order"):
        constant, held = constants(scheme), getattr(scheme, "coefficients", "updated") == "held"
        return {
            "contractive": _contractive(constant, held, A.bound),
            "bounded": _bounded(constant, held, A.bound),
            "max-min": _limit("max-min", "C", constant.C, "d", A.bound.diagonal, "monotonicity"),
        }
    return dict.fromkeys(CLAIMS, f"nothing is proved here about {type(scheme).__name__}")


@claims.register
def _(scheme: AOS, A: Any) -> dict[str, Certificate | str]:
    if not splits(A):
        return dict.fromkeys(CLAIMS, "AOS needs isotropic or separable diffusion of second order on a grid, alone")
    return {
        "contractive": "coefficients held over a step depend on the state where it starts",
        "bounded": _unlimited("bounded", A.bound.spectral, "(I - mτA_l)⁻¹ is symmetric with spectrum in (0, 1]"),
        "max-min": _unlimited("max-min", A.bound.diagonal, "I - mτA_l is an M-matrix with row sums one"),
    }


@claims.register
def _(scheme: SemiLagrangian, A: Any) -> dict[str, Certificate | str]:
    if not isinstance(getattr(A, "equation", None), Convection):
        return dict.fromkeys(CLAIMS, "SemiLagrangian needs convection alone")
    if any(b == 1 and a != 0 for axis in range(A.grid.dim) for a, b in A.grid.ghosts(axis) or ()):
        return dict.fromkeys(CLAIMS, "a wall that prescribes a slope has values beyond those of the cells")
    nothing = "interpolation keeps extrema, but no norm is proved here"
    because = "every value is a convex combination of cells and wall values"
    found = Certificate("max-min", float("inf"), because, REFERENCE["characteristics"])
    return {"contractive": nothing, "bounded": nothing, "max-min": found}


@claims.register
def _(scheme: Exponential, A: Any) -> dict[str, Certificate | str]:
    A = getattr(A, "frozen", A)
    try:
        constant, others = divided(A)
    except TypeError as error:
        return dict.fromkeys(CLAIMS, str(error))
    if not isinstance(others, Zero):
        return dict.fromkeys(CLAIMS, f"the terms {others!r} are explicit: nothing is proved of their sum with a flow")
    growth = float(np.max(np.real(symbol(constant))))
    decay = Constant(growth if growth <= 0 else None, f"the spectrum of A reaches {growth:.6g}")
    at_zero = decay
    if np.any(A(0.0, np.zeros(A.grid.shape))):
        at_zero = Constant(None, "walls or data prescribe values other than zero: the norm may grow")
    because = "the step is the flow, and Re λ ≤ 0 on the whole spectrum"
    nonnegative = "the step is the flow, and e^(τA) ≥ 0 has row sums one"
    return {
        "contractive": _unlimited("contractive", decay, because, "flow"),
        "bounded": _unlimited("bounded", at_zero, because, "flow"),
        "max-min": _unlimited("max-min", A.bound.diagonal, nonnegative, "flow"),
    }


def _unlimited(claim: str, constant: Constant, because: str, reference: str = "AOS") -> Certificate | str:
    if constant.value is None:
        return constant.because
    if not np.isfinite(constant.value):
        return f"the bound of the operator must be finite, and it is {constant.value}: {constant.because}"
    return Certificate(claim, float("inf"), because, REFERENCE[reference])


def _composed(scheme: Any, A: Operator) -> dict[str, Certificate | str]:
    found: dict[str, Certificate | str] = {}
    for claim in CLAIMS:
        parts = [(claims(s, part)[claim], fraction) for s, part, fraction in scheme.substeps(A)]
        reasons = [c for c, _ in parts if isinstance(c, str)]
        limits = [replace(c, tau=c.tau / fraction) for c, fraction in parts if isinstance(c, Certificate)]
        found[claim] = reasons[0] if reasons else min(limits, key=lambda limit: limit.tau)
    return found


def _bounded(constant: Constants, held: bool, bound: Bound) -> Certificate | str:
    if bound.symmetric and (bound.linear or held or constant.stages == 1):
        return _limit("bounded", "β", constant.beta, "ρ", bound.spectral, "polynomial")
    # The theorem on disks, with the zero solution as the second one.
    return _limit("bounded", "2r", 2 * constant.r, "ρ", bound.spectral, "disk")


def _contractive(constant: Constants, held: bool, bound: Bound) -> Certificate | str:
    if bound.linear and bound.symmetric:
        return _limit("contractive", "β", constant.beta, "ρ'", bound.contraction, "polynomial")
    if held and not bound.linear:
        return "coefficients held over a cycle depend on the state where it starts; use coefficients='updated'"
    return _limit("contractive", "2r", 2 * constant.r, "ρ'", bound.contraction, "disk")


def _limit(claim: str, name: str, value: float, symbol: str, bound: Constant, reference: str) -> Certificate | str:
    if bound.value is None:
        return bound.because
    if not 0 <= bound.value < math.inf:
        return f"{symbol} must be finite, and it is {bound.value}: {bound.because}"
    if value <= 0:
        return f"the scheme has {name} = 0"
    tau = value / bound.value if bound.value > 0 else float("inf")
    because = f"τ ≤ {name}/{symbol} with {name} = {value:.6g} and {bound.because}"
    return Certificate(claim, tau, because, REFERENCE[reference])
