"""Transfer between a grid and its coarse cells with weights of their own, and Galerkin products.

Layouts as in `stencil`. Along a merged axis the coarse cell `I` stands at the fine cell `2I`; `weights[m]` with
`m = Σ (o_a + 1) strides[a]` is what the coarse cell `I` gives to the fine cell `2I + o`, `o_a` from -1 to 1, and zero
where it gives nothing. Axes that are not merged have the stride 0.
"""

import numba
import numpy as np

from .compile import inlined, inner, serial_and_parallel
from .stencil import U


@inner
def fine(coarse, o, n, merged):
    """The fine cell at `o` from a coarse cell, wrapped."""
    return (2 * coarse + o) % n if merged else coarse


@serial_and_parallel
def restriction(weights, strides, r, out):
    """`R r`: every coarse cell sums up what it would give."""
    n, c = r.shape[1:], out.shape[1:]
    r0, r1, step = min(strides[0], 1), min(strides[1], 1), strides[2] * out.size
    for plane in numba.prange(len(out) * c[0]):
        w, x, to = weights.reshape(-1), r.reshape(-1), out.reshape(-1)
        b, i = plane // c[0], plane % c[0]
        out[b, i] = 0
        for j in range(c[1]):
            row = (plane * c[1] + j) * c[2]
            for o0 in range(-r0, r0 + 1):
                for o1 in range(-r1, r1 + 1):
                    at = ((b * n[0] + fine(i, o0, n[0], r0)) * n[1] + fine(j, o1, n[1], r1)) * n[2]
                    slot = (o0 + r0) * strides[0] + (o1 + r1) * strides[1]
                    _gather_row(w, slot * out.size + row, step, x, at, n[2], c[2], to, row)


@inlined
def _gather_row(w, weights, step, x, at, n, c, out, to):
    """What a row of coarse cells has from a row of fine ones, added."""
    p, q, a = U(at), U(to), U(weights)
    if step == 0:
        for k in range(U(c)):
            out[q + k] += w[a + k] * x[p + k]
        return
    one, own, after = U(1), a + U(step), a + U(2 * step)
    for k in range(one, U(max(1, c - 1))):
        total = w[a + k] * x[p + k + k - one] + w[own + k] * x[p + k + k] + w[after + k] * x[p + k + k + one]
        out[q + k] += total
    for k in range(0, c, max(1, c - 1)):
        total = w[weights + k] * x[at + fine(k, -1, n, 1)] + w[weights + step + k] * x[at + 2 * k]
        out[to + k] += total + w[weights + 2 * step + k] * x[at + fine(k, 1, n, 1)]


@serial_and_parallel
def prolongation(weights, strides, e, v, out):
    """`v + P e`."""
    n, c = out.shape[1:], e.shape[1:]
    r0, r1, step = min(strides[0], 1), min(strides[1], 1), strides[2] * e.size
    for plane in numba.prange(len(out) * n[0]):
        w, x, to = weights.reshape(-1), e.reshape(-1), out.reshape(-1)
        b, i = plane // n[0], plane % n[0]
        out[b, i] = v[b, i]
        # An odd cell has two givers, an even one itself.
        odd0 = (i % 2) * r0
        for j in range(n[1]):
            odd1 = (j % 2) * r1
            for o0 in range(-odd0, odd0 + 1, 2):
                for o1 in range(-odd1, odd1 + 1, 2):
                    g0, g1 = ((i - o0) // (1 + r0)) % c[0], ((j - o1) // (1 + r1)) % c[1]
                    slot, row = (o0 + r0) * strides[0] + (o1 + r1) * strides[1], ((b * c[0] + g0) * c[1] + g1) * c[2]
                    _spread_row(w, slot * e.size + row, step, x, row, n[2], c[2], to, (plane * n[1] + j) * n[2])


@inlined
def _spread_row(w, weights, step, e, at, n, c, out, to):
    """What a row of coarse cells gives to a row of fine ones, added."""
    p, q, a = U(at), U(to), U(weights)
    if step == 0:
        for k in range(U(c)):
            out[q + k] += w[a + k] * e[p + k]
        return
    one, own, high = U(1), a + U(step), a + U(2 * step)
    for k in range(U(c - 1)):
        x, beside = e[p + k], e[p + k + one]
        out[q + k + k] += w[own + k] * x
        out[q + k + k + one] += w[high + k] * x + w[a + k + one] * beside
    last = c - 1
    out[to + 2 * last] += w[weights + step + last] * e[at + last]
    if n % 2 == 0:
        out[to + n - 1] += w[weights + 2 * step + last] * e[at + last] + w[weights] * e[at]


@serial_and_parallel
def interpolation(s, offsets, strides, odd, weights):
    """The weights of the fine cells at odd places of `odd` merged axes, from those at fewer (Dendy 1982).

    Such a cell solves its own equation `M v = 0`, with the coefficients summed up over all other axes (but see
    `_centre`).
    """
    n0, n1 = s.shape[2:4]
    for row in numba.prange(s.shape[1] * n0 * n1):
        b, i, j = row // (n0 * n1), row // n1 % n0, row % n1
        mask = (strides[0] > 0 and i % 2 == 1) + 2 * (strides[1] > 0 and j % 2 == 1)
        for last in range(2):
            if (mask & 1) + (mask >> 1) + last == odd and (last == 0 or strides[2] > 0):
                _row_weights(s, offsets, strides, weights, b, i, j, mask + 4 * last)


@inner
def _row_weights(s, offsets, strides, weights, b, i, j, mask):
    """The weights of every second cell of a row, those at odd places of the axes in `mask`."""
    c, merged = weights.shape[2:], strides[2] > 0
    first, step = mask >> 2, 2 if merged else 1
    count = (s.shape[4] - first + step - 1) // step
    sums, total = np.zeros((27, count), s.dtype), np.empty(count, s.dtype)
    for m in range(len(offsets)):
        place = np.int64(13)
        for a in range(3):
            place += (mask >> a & 1) * offsets[m, a] * 3 ** (2 - a)
        entry = s[m, b, i, j]
        for k in range(count):
            sums[place, k] += entry[first + step * k]
    everything = np.zeros(count, s.dtype)
    for place in range(27):
        for k in range(count):
            everything[k] += sums[place, k]
    centre = _centre(s, offsets, b, i, j, mask, first, step, sums[13], everything)
    p = np.zeros(3, np.int64)
    for corner in range(8):
        if corner & ~mask:
            continue
        slot = np.int64(0)
        for a in range(3):
            p[a] = (2 * (corner >> a & 1) - 1) * (mask >> a & 1)
            slot += (1 - p[a]) * strides[a]
        g0 = ((i + p[0]) // 2) % c[0] if strides[0] > 0 else i
        g1 = ((j + p[1]) // 2) % c[1] if strides[1] > 0 else j
        shift = 1 if p[2] > 0 else 0
        _sum_of_known(sums, weights, strides, mask, p, b, g0, g1, shift, total)
        target = weights[slot, b, g0, g1]
        for k in range(count - 1):
            target[k + shift] = total[k] * centre[k]
        target[(count - 1 + shift) % c[2]] = total[count - 1] * centre[count - 1]


@inner
def _sum_of_known(sums, weights, strides, mask, p, b, g0, g1, shift, total):
    """`Σ_T c_T w_T` over the nonempty sets `T` of odd axes: the coefficient of a neighbour at fewer odd places, and its weight."""
    count, c2 = len(total), weights.shape[4]
    total[:] = 0
    for taken in range(1, 8):
        if taken & ~mask:
            continue
        other, place = np.int64(0), np.int64(13)
        for a in range(3):
            other += (1 - p[a] * (1 - (taken >> a & 1))) * strides[a]
            place += p[a] * (taken >> a & 1) * 3 ** (2 - a)
        known = weights[other, b, g0, g1]
        for k in range(count - 1):
            total[k] += sums[place, k] * known[k + shift]
        total[count - 1] += sums[place, count - 1] * known[(count - 1 + shift) % c2]


@inner
def _centre(s, offsets, b, i, j, mask, first, step, middle, everything):
    """Minus the reciprocal of the centre: the couplings along the odd axes, and their share of the diagonal's excess.

    What the diagonal exceeds all couplings by belongs to the axes whose two couplings differ: that is a wall. And it fades
    where the other axes are coupled more than ten times as strongly: it then belongs to a whole line of cells.
    """
    centre, ten = np.empty_like(everything), s.dtype.type(10)
    slopes = np.zeros((3, len(everything)), s.dtype)
    for m in range(len(offsets)):
        for a in range(3):
            if offsets[m, a] != 0:
                entry, sign = s[m, b, i, j], s.dtype.type(offsets[m, a])
                for k in range(len(centre)):
                    slopes[a, k] += sign * entry[first + step * k]
    own = s[0, b, i, j]
    for k in range(len(centre)):
        excess, near = everything[k], middle[k] - everything[k]
        others, inside, outside = (
            own[first + step * k] - excess - near,
            s.dtype.type(1e-3) * own[first + step * k],
            s.dtype.type(0),
        )
        for a in range(3):
            if mask >> a & 1:
                inside += abs(slopes[a, k])
            else:
                outside += abs(slopes[a, k])
        excess *= inside / (inside + outside) if inside > 0 else 1
        if near > 0 and others > ten * near:
            excess *= ten * near / others
        total = near + excess
        centre[k] = -1 / total if total != 0 else 0
    return centre
