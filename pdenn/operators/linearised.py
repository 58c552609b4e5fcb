"""The exact derivative of an operator in a direction, and its adjoint."""

import sys
from functools import partial

import numpy as np

from ..arrays import is_torch, namespace

# Far below rounding, far above underflow: the imaginary part carries the derivative without any subtraction.
STEP = {"float64": 1e-100, "float32": 1e-15}


def derivative(A, t, u, v):
    """`A'(t, u) v`, to rounding.

    Arrays: by a complex step through the definition of `A` (Squire and Trapp 1998), `Im A(u + iεv) / ε`.
    Tensors: by forward differentiation.
    """
    if is_torch(u):
        return sys.modules["torch"].func.jvp(lambda w: A(t, w), (u,), (v,))[1]
    epsilon = STEP[u.dtype.name]
    return (A.definition(t, u + (1j * epsilon) * v).imag / epsilon).astype(u.dtype)


def jacobian(A, t, u):
    """`w -> A'(t, u) w`, to rounding, to be asked for many directions.

    For arrays by the operator's own `jacobian` where it has one, and by its kernel where it is linear; else by `derivative`.
    """
    if is_torch(u):
        return partial(derivative, A, t, u)
    if A.bound.linear:
        return linear_part(A, t, u)
    return A.jacobian(t, u) if hasattr(A, "jacobian") else partial(derivative, A, t, u)


def linear_part(A, t, u):
    """`w -> A(t, w) - A(t, 0)` for states of the shape of `u`."""
    constant = affine_part(A, t, u)
    return (lambda w: A(t, w) - constant) if constant.any() else partial(A, t)


def slope(f, x):
    """`f'(x)` of a function that acts on every number of an array by itself."""
    epsilon = STEP[x.dtype.name]
    return f(x + 1j * epsilon).imag / x.dtype.type(epsilon)


def adjoint_derivative(A, t, u, v):
    """`A'(t, u)ᵀ v` of tensors, by reverse differentiation."""
    torch = namespace(u)
    with torch.enable_grad():
        w = u.detach().requires_grad_()
        return torch.autograd.grad(A(t, w), w, v)[0]


def affine_part(A, t, u):
    """`A(t, 0)`: what the walls contribute to an operator that is linear up to a constant."""
    return A(t, np.zeros_like(u) if not is_torch(u) else namespace(u).zeros_like(u))


def near_derivative(A, t, u):
    """A linear operator with a compact stencil, equal or near to `A'(t, u)`: what a preconditioner of Newton's method needs.

    The operator's own `tangent` where it has one, otherwise its coefficients held at `u`.
    """
    if A.bound.linear:
        return A
    if hasattr(A, "tangent"):
        return A.tangent(t, u)
    return near_derivative(A.A, t, u) if hasattr(A, "A") else A.hold(t, u)
