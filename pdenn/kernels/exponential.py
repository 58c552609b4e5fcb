"""The exponential inside compiled loops, without a call and without a branch, so that they become vector code.

`exp(x) = 2^n exp(r)` with `n` the integer nearest to `x/ln 2` and `|r| ≤ ln(2)/2`, and the Taylor polynomial of `exp(r)`;
Muller (2016), Elementary Functions, chapter 11. Within two units of the last place; what is less than the least normal
number is 0, and from 0.7 of the greatest on infinity.
"""

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

# Contraction alone: reassociation would cancel what is added to round and taken away again.
JIT = {"error_model": "numpy", "fastmath": {"contract"}}


def exponential(x):
    """`exp(x)` of a number in single or double precision; compiled kernels call this name."""
    return math.exp(x)


@overload(exponential, jit_options=JIT)  # type: ignore[arg-type]
def _(x):
    return SINGLE if x == types.float32 else DOUBLE


@intrinsic
def _power(_, shifted):
    """`2^n` of a number whose last digits are the integer `n`."""
    bits, places, bias = (32, 23, 127) if shifted == types.float32 else (64, 52, 1023)

    def build(context, builder, signature, arguments):
        integer = ir.IntType(bits)
        exponent = builder.shl(builder.bitcast(arguments[0], integer), integer(places))
        return builder.bitcast(builder.add(exponent, integer(bias << places)), arguments[0].type)

    return shifted(shifted), build


def _exponential(real, high, low, degree):
    """`exp` in one precision; `high + low = ln 2`, and `high` has so few digits that its product with `n` is exact."""
    info, log2e, high, low = np.finfo(real), real(1 / math.log(2)), real(high), real(low)
    shift, zero, infinity = real(1.5 * 2**info.nmant), real(0), real(np.inf)
    lowest, highest = real(math.log(float(info.tiny))), real(math.log(float(info.max)) - 0.35)
    first, *others = (real(1 / math.factorial(k)) for k in range(degree, -1, -1))
    coefficients = tuple(others)

    def exp(x):
        shifted = x * log2e + shift
        n = shifted - shift
        r, y = (x - n * high) - n * low, first
        for c in coefficients:
            y = y * r + c
        y = y * _power(shifted)
        return zero if x < lowest else (infinity if x > highest else y)

    return exp


SINGLE = _exponential(np.float32, 355 / 512, math.log(2) - 355 / 512, 7)
DOUBLE = _exponential(np.float64, float.fromhex("0x1.62e42feep-1"), 1.90821492927058770002e-10, 13)
