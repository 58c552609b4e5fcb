"""Short vectors inside compiled loops: one cache line of numbers, added, subtracted and multiplied lane by lane.

LLVM vectorises a loop over a row of numbers, but not a sum of such rows, whose partial sums it keeps in memory. A value
of the type `Lanes` is a vector of LLVM: it stays in a register through a loop, on every machine that has any.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

from .compile import OPTIONS

LINE = 64  # bytes of a cache line
FLAGS = tuple(sorted(OPTIONS["fastmath"]))  # type: ignore[call-overload]


class Lanes(types.Type):
    """As many numbers of a dtype as fit a cache line: 16 in single precision, 8 in double precision."""

    def __init__(self, dtype):
        self.dtype, self.width = dtype, 8 * LINE // dtype.bitwidth
        super().__init__(f"Lanes({dtype})")


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager, lanes):
        number = manager.lookup(lanes.dtype).get_value_type()
        super().__init__(manager, lanes, ir.VectorType(number, lanes.width))


@intrinsic
def load(_, rows, i):
    """The first lanes of row `i` of a matrix whose rows are contiguous."""

    def build(context, builder, signature, arguments):
        return _load(builder, _address(context, builder, signature, arguments), signature.args[0])

    return Lanes(rows.dtype)(rows, i), build


@intrinsic
def store(_, rows, i, lanes):
    """Writes the lanes to row `i` of a matrix whose rows are contiguous."""

    def build(context, builder, signature, arguments):
        place = _address(context, builder, signature, arguments)
        builder.store(arguments[2], place, align=rows.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(rows, i, lanes), build


@intrinsic
def spread(_, number):
    """The number in all lanes."""

    def build(context, builder, signature, arguments):
        vector = ir.VectorType(arguments[0].type, signature.return_type.width)
        nothing, zeros = ir.Constant(vector, ir.Undefined), ir.VectorType(ir.IntType(32), vector.count)
        first = builder.insert_element(nothing, arguments[0], ir.IntType(32)(0))
        return builder.shuffle_vector(first, nothing, ir.Constant(zeros, None))

    return Lanes(number)(number), build


@intrinsic
def transpose(_, rows, to):
    """`to = rowsᵀ` for two square matrices, as wide as their lanes, whose rows are contiguous.

    `log2(width)` times the first half of the rows is zipped with the second.
    """
    width = Lanes(rows.dtype).width

    def build(context, builder, signature, arguments):
        source, target = ((arguments[k], signature.args[k]) for k in (0, 1))
        lines = [_load(builder, _row(context, builder, *source, ir.IntType(64)(k)), rows) for k in range(width)]
        order = [k // 2 + width * (k % 2) for k in range(2 * width)]
        masks = [ir.Constant(ir.VectorType(ir.IntType(32), width), part) for part in (order[:width], order[width:])]
        for _ in range(width.bit_length() - 1):
            pairs = zip(lines[: width // 2], lines[width // 2 :], strict=True)
            lines = [builder.shuffle_vector(*pair, mask) for pair in pairs for mask in masks]
        for k, line in enumerate(lines):
            builder.store(line, _row(context, builder, *target, ir.IntType(64)(k)), align=rows.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(rows, to), build


def _arithmetic(operation, instruction):
    @intrinsic
    def vectors(_, a, b):
        def build(context, builder, signature, arguments):
            return getattr(builder, instruction)(*arguments, flags=FLAGS)

        return a(a, b), build

    @overload(operation)
    def _(a, b):
        return (lambda a, b: vectors(a, b)) if isinstance(a, Lanes) and a == b else None


_arithmetic(operator.add, "fadd")
_arithmetic(operator.sub, "fsub")
_arithmetic(operator.mul, "fmul")


@overload(operator.mul)
def _(a, b):
    return (lambda a, b: spread(a) * b) if isinstance(b, Lanes) and a == b.dtype else None


def _address(context, builder, signature, arguments):
    i = context.cast(builder, arguments[1], signature.args[1], types.uint64)
    return _row(context, builder, arguments[0], signature.args[0], i)


def _row(context, builder, matrix, kind, i):
    """Where row `i` begins."""
    array = context.make_array(kind)(context, builder, matrix)
    stride = cgutils.unpack_tuple(builder, array.strides)[0]
    start = builder.ptrtoint(array.data, stride.type)
    vector = ir.VectorType(context.get_data_type(kind.dtype), Lanes(kind.dtype).width)
    return builder.inttoptr(builder.add(start, builder.mul(i, stride)), vector.as_pointer())


def _load(builder, place, rows):
    return builder.load(place, align=rows.dtype.bitwidth // 8)
