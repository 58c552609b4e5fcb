"""Short vectors inside compiled loops: one cache line of numbers, added, subtracted and multiplied lane by lane.

LLVM vectorises a loop over a row of numbers, but not a sum of such rows, whose partial sums it keeps in memory. A value
of the type `Lanes` is a vector of LLVM: it stays in a register through a loop, on every machine that has any. The rows of
an array of one axis are its numbers, so that one loop serves both.
"""

import operator

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model

from .compile import OPTIONS
from .memory import LINE

LANES = 16  # a cache line in single precision, two beside each other in double precision
FLAGS = tuple(sorted(OPTIONS["fastmath"]))


class Lanes(types.Type):
    """Sixteen numbers of a dtype."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(f"Lanes({dtype})")


@register_model(Lanes)
class _Model(models.PrimitiveModel):
    def __init__(self, manager, lanes):
        number = manager.lookup(lanes.dtype).get_value_type()
        super().__init__(manager, lanes, ir.VectorType(number, LANES))


@intrinsic
def load(_, rows, i):
    """The first lanes of row `i` of a matrix whose rows are contiguous, or number `i`."""

    def build(context, builder, signature, arguments):
        return _load(builder, _address(context, builder, signature, arguments), signature.args[0])

    return _row_of(rows)(rows, i), build


@intrinsic
def store(_, rows, i, lanes):
    """Writes the lanes to row `i` of a matrix whose rows are contiguous, or a number."""

    def build(context, builder, signature, arguments):
        place = _address(context, builder, signature, arguments)
        builder.store(arguments[2], place, align=rows.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(rows, i, lanes), build


@intrinsic
def load_from(_, vector, i):
    """The lanes of a contiguous array of one axis from number `i` on."""

    def build(context, builder, signature, arguments):
        return _load(builder, _place(context, builder, signature, arguments), signature.args[0])

    return Lanes(vector.dtype)(vector, i), build


@intrinsic
def store_to(_, vector, i, lanes):
    """Writes the lanes to where `load_from` reads them."""

    def build(context, builder, signature, arguments):
        place = _place(context, builder, signature, arguments)
        builder.store(arguments[2], place, align=vector.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(vector, i, lanes), build


@intrinsic
def stream_to(_, vector, i, lanes):
    """As `store_to`, past the caches, where the place begins a cache line; `settle` makes other threads see it."""

    def build(context, builder, signature, arguments):
        place = _place(context, builder, signature, arguments)
        stored = builder.store(arguments[2], place, align=LINE)
        stored.set_metadata("nontemporal", builder.module.add_metadata([ir.IntType(32)(1)]))
        return context.get_dummy_value()

    return types.void(vector, i, lanes), build


@intrinsic
def settle(_):
    """What was written past the caches is written before anything else is."""

    def build(context, builder, signature, arguments):
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), build


@intrinsic
def zero(_, rows):
    """A row of zeros."""

    def build(context, builder, signature, arguments):
        return context.get_constant_null(signature.return_type)

    return _row_of(rows)(rows), build


@intrinsic
def spread(_, number):
    """The number in all lanes."""

    def build(context, builder, signature, arguments):
        vector = ir.VectorType(arguments[0].type, LANES)
        nothing, zeros = ir.Constant(vector, ir.Undefined), ir.VectorType(ir.IntType(32), vector.count)
        first = builder.insert_element(nothing, arguments[0], ir.IntType(32)(0))
        return builder.shuffle_vector(first, nothing, ir.Constant(zeros, None))

    return Lanes(number)(number), build


@intrinsic
def transpose(_, rows, i, k, to, m, n):
    """`to[m + q, n + p] = rows[i + p, k + q]` for two matrices whose rows are contiguous, `p` and `q` below the lanes.

    `log2(width)` times the first half of the rows is zipped with the second.
    """
    width = LANES

    def build(context, builder, signature, arguments):
        i, k, m, n = (context.cast(builder, arguments[a], signature.args[a], types.uint64) for a in (1, 2, 4, 5))
        source, target = ((arguments[a], signature.args[a]) for a in (0, 3))
        lines = [_load(builder, _cell(context, builder, *source, i, p, k), rows) for p in range(width)]
        order = [p // 2 + width * (p % 2) for p in range(2 * width)]
        masks = [ir.Constant(ir.VectorType(ir.IntType(32), width), part) for part in (order[:width], order[width:])]
        for _ in range(width.bit_length() - 1):
            pairs = zip(lines[: width // 2], lines[width // 2 :], strict=True)
            lines = [builder.shuffle_vector(*pair, mask) for pair in pairs for mask in masks]
        for p, line in enumerate(lines):
            builder.store(line, _cell(context, builder, *target, m, p, n), align=rows.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(rows, i, k, to, m, n), build


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
_arithmetic(operator.truediv, "fdiv")


@overload(operator.mul)
def _(a, b):
    return (lambda a, b: spread(a) * b) if isinstance(b, Lanes) and a == b.dtype else None


def _row_of(rows):
    """What a row of the array is."""
    return Lanes(rows.dtype) if rows.ndim == 2 else rows.dtype


def _address(context, builder, signature, arguments):
    i = context.cast(builder, arguments[1], signature.args[1], types.uint64)
    return _row(context, builder, arguments[0], signature.args[0], i)


def _place(context, builder, signature, arguments):
    """Where the lanes from number `i` on begin: numbers follow one another, as machine code should know."""
    kind, i = signature.args[0], context.cast(builder, arguments[1], signature.args[1], types.uint64)
    array = context.make_array(kind)(context, builder, arguments[0])
    vector = context.get_value_type(Lanes(kind.dtype))
    return builder.bitcast(builder.gep(array.data, [i]), vector.as_pointer())


def _row(context, builder, matrix, kind, i):
    """Where row `i` begins."""
    array = context.make_array(kind)(context, builder, matrix)
    if kind.ndim == 1:
        return builder.gep(array.data, [i])
    stride = cgutils.unpack_tuple(builder, array.strides)[0]
    start = builder.ptrtoint(array.data, stride.type)
    row = context.get_value_type(_row_of(kind))
    return builder.inttoptr(builder.add(start, builder.mul(i, stride)), row.as_pointer())


def _cell(context, builder, matrix, kind, i, p, k):
    """Where the lanes from column `k` on begin in row `i + p`."""
    row = _row(context, builder, matrix, kind, builder.add(i, ir.Constant(i.type, p)))
    number = context.get_value_type(kind.dtype).as_pointer()
    return builder.bitcast(builder.gep(builder.bitcast(row, number), [k]), row.type)


def _load(builder, place, rows):
    return builder.load(place, align=rows.dtype.bitwidth // 8)
