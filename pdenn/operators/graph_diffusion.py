"""Diffusion on a graph: `A(u) = -K* Φ(K u)` with the incidence map `K`, and by compiled kernels."""

from dataclasses import dataclass
from functools import cached_property

from ..arrays import check_state, is_torch
from ..equations import Diffusion
from ..graphs import Graph
from .incidence import arc_means, divergence, rises, total
from .laplacian import laplacian_norm
from .protocol import Bound, Constant, mixed, no_bound


@dataclass(frozen=True)
class GraphDiffusion:
    """Nonlinear diffusion on a graph: `A(u)_i = Σ_j G_ij w̃_ij (u_j - u_i)`; the linear law gives `-(diag(W̃ 1) - W̃) u`.

    Separable: `G_ij = g(w̃_ij (u_j - u_i)²)`, every edge by its own slope. Isotropic: a node has
    `s_i = Σ_j w̃_ij (u_j - u_i)² / 2`, and an edge the mean of `g(s_i)` of its two nodes; with symmetric couplings this
    is the gradient of the energy `Σ_i Ψ(s_i)/2`. Each equals the form of its name on a grid whose neighbours have the
    couplings `1/h²` (a periodic axis of two cells joins them by two faces: the separable form needs three).

    Parameters
    ----------
    equation : Diffusion
        Of order 1, without conductivity, presmoothing or channels (ValueError otherwise).
    graph : Graph
    """

    equation: Diffusion
    graph: Graph

    def __post_init__(self):
        if self.equation.order != 1 or not self.equation.plain:
            raise ValueError("Diffusion on a graph must be of order 1, without conductivity, presmoothing or channels, "
                             f"got {self.equation}")  # fmt: skip

    @property
    def grid(self) -> Graph:
        """The graph, by the name that solvers know."""
        return self.graph

    def __call__(self, t, u):
        check_state(u, self.graph.shape)
        if is_torch(u):
            return self.definition(t, u)
        return self.recur(t, u, ((0.0, 0.0, 1.0, 0.0, 0.0),), None, None)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.graph.shape)
        if is_torch(u):
            return mixed(self, t, u, coefficients, v)
        alpha, beta, gamma = coefficients
        return self.recur(t, u, ((alpha, 0.0, gamma, beta, 0.0),), v, None)

    def recur(self, t, u, rows, a, b):
        """`w_(s+1) = α w_s + β w_(s-1) + γ A(w_s) + δ a + ε b` from `w_0 = u`; `rows` holds `(α, β, γ, δ, ε)`; arrays only."""
        from ..kernels import graph_cpu

        return getattr(graph_cpu, self.equation.form)(u, self.equation.law, self.graph, rows, a, b)

    def definition(self, t, u):
        """`-K* (G(u) K u)` from the incidence map."""
        slopes = rises(u, self.graph)
        return divergence(diffusivities(slopes, self.equation, self.equation.law, self.graph) * slopes, self.graph)

    def hold(self, t, u):
        """The linear operator with the diffusivities frozen at `u`."""
        check_state(u, self.graph.shape)
        g = diffusivities(rises(u, self.graph), self.equation, self.equation.law, self.graph)
        return HeldGraphDiffusion(g, self.graph, self.bound)

    def energy(self, u):
        """`E(u)`, whose gradient in the nodes is `-A(u)`: one number per state, of the dtype of the state.

        Raises ValueError where the couplings are not symmetric (no energy of this form exists).
        """
        if not self.graph.symmetric:
            raise ValueError(f"the energy needs symmetric couplings, got {self.graph}")
        squares, potential = rises(u, self.graph) ** 2, self.equation.law.potential
        if self.equation.form == "isotropic":
            return (potential(total(squares, self.graph) / 2) / 2).sum(-1)
        return (potential(squares) / 4).sum(-1)  # every edge is two arcs

    @cached_property
    def bound(self) -> Bound:
        """See `Bound`."""
        return bound_of(self.equation.law, self.graph)


@dataclass(frozen=True)
class HeldGraphDiffusion:
    """`Σ_j G_ij w̃_ij (u_j - u_i)` with the diffusivity of every arc given, shape `(..., arcs)`."""

    arcs: object
    graph: Graph
    bound_of_law: Bound

    @property
    def grid(self) -> Graph:
        """The graph, by the name that solvers know."""
        return self.graph

    def __call__(self, t, u):
        check_state(u, self.graph.shape)
        if is_torch(u):
            return self.definition(t, u)
        return self.recur(t, u, ((0.0, 0.0, 1.0, 0.0, 0.0),), None, None)

    def mix(self, t, u, coefficients, v):
        """`α u + β v + γ A(t, u)`, for arrays in one sweep."""
        check_state(u, self.graph.shape)
        if is_torch(u):
            return mixed(self, t, u, coefficients, v)
        alpha, beta, gamma = coefficients
        return self.recur(t, u, ((alpha, 0.0, gamma, beta, 0.0),), v, None)

    def recur(self, t, u, rows, a, b):
        """See `GraphDiffusion.recur`."""
        from ..kernels import graph_cpu

        return graph_cpu.held(u, self.arcs, self.graph, rows, a, b)

    def definition(self, t, u):
        """`-K* (G K u)`."""
        return divergence(self.arcs * rises(u, self.graph), self.graph)

    def hold(self, t, u):
        return self

    @property
    def bound(self) -> Bound:
        """The bound of the law; frozen, `ρ' = ρ`."""
        return self.bound_of_law._replace(contraction=self.bound_of_law.spectral, linear=True)


def diffusivities(slopes, equation: Diffusion, law, graph: Graph):
    """`G` at the arcs from the slopes there; `law` may have tensors as parameters."""
    if equation.form == "separable":
        return law.g(slopes * slopes)
    return arc_means(law.g(total(slopes * slopes, graph) / 2), graph)


def bound_of(law, graph: Graph) -> Bound:
    """The bound of diffusion with a law on a graph; both forms have the same."""
    linear = type(law).__name__ == "Linear"
    if not law.nonnegative:
        return no_bound(f"g of {law!r} takes negative values", symmetric=graph.symmetric)
    d = law.sup_g * float(graph.degrees.max())
    diagonal = Constant(d, f"A = -d I + N with N ≥ 0 and d = sup g · (largest degree) = {d:.6g}")
    if not graph.symmetric:
        reason = Constant(None, "couplings that are not symmetric may let the 2-norm grow: use certificate='max-min'")
        return Bound(reason, reason, diagonal, linear, False)
    norm, because = laplacian_norm(graph)
    rho, slope = law.sup_g * norm, law.sup_slope * norm
    sup = f"sup g = {law.sup_g:.6g}, |K|² = {norm:.6g} ({because})"
    spectral = Constant(rho, f"ρ = sup g · |K|² = {rho:.6g}, {sup}")
    contraction = Constant(slope, f"ρ' = sup Φ' · |K|² = {slope:.6g} of a monotone flux")
    if not law.monotone:
        contraction = Constant(None, f"the flux of {law!r} is not monotone")
    return Bound(spectral, contraction, diagonal, linear, True)
