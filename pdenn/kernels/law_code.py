"""The diffusivity of a law inside compiled kernels: the method `g` of its class, compiled for the kernel's precision.

A literal such as `1.0` is a double in Numba and would lift a whole single-precision loop to double precision; so the
method is compiled from its own syntax tree with every number cast to the type of the argument.
"""

import ast
import inspect
import math
import textwrap

import numpy as np
from numba import types
from numba.extending import overload

from .compile import OPTIONS, inner
from .exponential import exponential


def _where(condition, x, y):
    """Both are numbers: there is no branch."""
    return x if condition else y


SCALAR = {"sqrt": math.sqrt, "exp": exponential, "maximum": max, "where": inner(_where)}


def diffusivity(law, s2):
    """`law.g(s2)` at one squared slope; compiled kernels call this name."""
    return law.g(s2)


@overload(diffusivity, jit_options=OPTIONS)
def _(law, s2):
    if not isinstance(law, types.NamedTuple | types.NamedUniTuple):
        return None
    real = np.float32 if s2 == types.float32 else np.float64
    g = inner(in_precision(law.instance_class.g, real))
    return lambda law, s2: g(law, s2)


def in_precision(method, real):
    """`method` with every literal and every global number of type `real`, and scalar functions for those of arrays."""
    try:
        source = textwrap.dedent(inspect.getsource(method))
    except OSError as error:
        words = f"the source of {method.__qualname__} cannot be read: a law must be defined in a file or a notebook"
        raise ValueError(words) from error
    tree = _Cast(method.__globals__).visit(ast.parse(source))
    scope = {**method.__globals__, **SCALAR, "_real": real, "_diffusivity": diffusivity}
    exec(compile(ast.fix_missing_locations(tree), inspect.getsourcefile(method), "exec"), scope)
    return scope[method.__name__]


class _Cast(ast.NodeTransformer):
    def __init__(self, scope):
        self.scope = scope

    def visit_Constant(self, node):
        return self._cast(node) if isinstance(node.value, float) else node

    def visit_Name(self, node):
        return self._cast(node) if isinstance(self.scope.get(node.id), float) else node

    def visit_Call(self, node):
        """`self.law.g(s)` is `diffusivity(self.law, s)`: a law that is a parameter has no methods in machine code."""
        node = self.generic_visit(node)
        if (
            isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Attribute)
            and node.func.attr == "g"
        ):
            return ast.Call(ast.Name("_diffusivity", ast.Load()), [node.func.value, *node.args], [])
        return node

    @staticmethod
    def _cast(node):
        return ast.Call(func=ast.Name(id="_real", ctx=ast.Load()), args=[node], keywords=[])
