"""Galerkin products: the stencils of coarse cells, from those of the fine ones and the weights of `galerkin`.

Layouts as there, read as vectors. A row of coarse cells is done in two steps, `(R M) P`: what the cells `K` take from
the fine cells `2K + q`, `q_a` from -2 to 2, and then to whom these belong. In space that is half the work of all
triples `R`, `M`, `P`, and every step is a loop along the row.
"""

import numba
import numpy as np

from .compile import inlined, inner, serial, serial_and_parallel
from .galerkin import fine
from .stencil import U


@serial_and_parallel
def product(s, offsets, left, right, strides, full, slots, out):
    """`R M P`: the stencils of the coarse cells, entry `slots[o + 1]` at the offset `o`; `out` begins with zeros.

    `left` are the weights of `R`, `right` those of `P`; `full[a]` is 1 where the coarse axis has more than one cell. At
    the ends of closed rings of odd length, `ring_ends` has to follow.
    """
    n, c = s.shape[2:], out.shape[2:]
    for plane in numba.prange(s.shape[1] * c[0]):
        taken, seen = np.empty(125 * c[2], s.dtype), np.zeros(25, np.bool_)
        for row in range(plane * c[1], (plane + 1) * c[1]):
            taken[:] = 0
            _take(s.reshape(-1), offsets, left.reshape(-1), strides, n, c, row, s[0].size, out[0].size, taken, seen)
            _pass_on(taken, seen, right.reshape(-1), strides, full, slots, c, row, out[0].size, out.reshape(-1))


@inner
def _take(s, offsets, left, strides, n, c, row, cells, coarse_cells, taken, seen):
    """`R M` in a row of coarse cells: what they take from the fine cells at `q`, in row `25 q_0 + 5 q_1 + q_2 + 62`."""
    b, i, j = row // (c[0] * c[1]), row // c[1] % c[0], row % c[1]
    r0, r1 = min(strides[0], 1), min(strides[1], 1)
    for o0 in range(-r0, r0 + 1):
        for o1 in range(-r1, r1 + 1):
            at = ((b * n[0] + fine(i, o0, n[0], r0)) * n[1] + fine(j, o1, n[1], r1)) * n[2]
            weights = ((o0 + r0) * strides[0] + (o1 + r1) * strides[1]) * coarse_cells + row * c[2]
            for m in range(len(offsets)):
                q = 25 * (o0 + offsets[m, 0]) + 5 * (o1 + offsets[m, 1]) + offsets[m, 2] + 62
                seen[q // 5] = True
                _take_row(s, m * cells + at, n[2], left, weights, strides[2] * coarse_cells, c[2], taken, q * c[2])


@inlined
def _take_row(s, at, n, left, weights, step, c, taken, to):
    """An entry of the stencil in a row of fine cells, by the weights of the coarse cells for one or three of these."""
    p, one, w, x = U(at), U(1), U(weights), U(to)
    if step == 0:
        for k in range(U(c)):
            taken[x + k] += left[w + k] * s[p + k]
        return
    w1, w2, y, z = w + U(step), w + U(2 * step), x, x + U(c)
    x = U(to - c)
    for k in range(one, U(max(1, c - 1))):
        before, own, after = s[p + k + k - one], s[p + k + k], s[p + k + k + one]
        taken[x + k] += left[w + k] * before
        taken[y + k] += left[w1 + k] * own
        taken[z + k] += left[w2 + k] * after
    for k in range(0, c, max(1, c - 1)):
        taken[to - c + k] += left[weights + k] * s[at + fine(k, -1, n, 1)]
        taken[to + k] += left[weights + step + k] * s[at + 2 * k]
        taken[to + c + k] += left[weights + 2 * step + k] * s[at + fine(k, 1, n, 1)]


@inner
def _pass_on(taken, seen, right, strides, full, slots, c, row, cells, out):
    """`(R M) P`: an odd place along a merged axis belongs to two coarse cells, any other one to one."""
    b, i, j = row // (c[0] * c[1]), row // c[1] % c[0], row % c[1]
    r0, r1 = min(strides[0], 1), min(strides[1], 1)
    for q0 in range(-1 - r0, 2 + r0):
        for q1 in range(-1 - r1, 2 + r1):
            if not seen[5 * q0 + q1 + 12]:
                continue
            for e0 in range(-(r0 * (q0 % 2)), r0 * (q0 % 2) + 1, 2):
                for e1 in range(-(r1 * (q1 % 2)), r1 * (q1 % 2) + 1, 2):
                    d0, d1 = (q0 - e0) // (1 + r0), (q1 - e1) // (1 + r1)
                    giver = (b * c[0] + (i + d0) % c[0]) * c[1] + (j + d1) % c[1]
                    weights = ((e0 + r0) * strides[0] + (e1 + r1) * strides[1]) * cells + giver * c[2]
                    x = 1 + d0 * full[0], 1 + d1 * full[1]
                    low, own, high = (
                        slots[x[0], x[1], 1 - full[2]],
                        slots[x[0], x[1], 1],
                        slots[x[0], x[1], 1 + full[2]],
                    )
                    to = low * cells + row * c[2], own * cells + row * c[2], high * cells + row * c[2]
                    q = (25 * q0 + 5 * q1 + 62) * c[2]
                    _pass_row(taken, q, right, weights, strides[2] * cells, c[2], out, to)


@inlined
def _pass_row(taken, q, right, weights, step, c, out, to):
    """What is taken at the places -2 to 2 of the last axis around `q`, to the coarse cells before, at, and after."""
    one, w, size, q = U(1), U(weights), U(c), U(q)
    low, own, high = U(to[0]), U(to[1]), U(to[2])
    if step == 0:
        for k in range(c):
            x = U(k)
            out[low + x] += taken[q - size + x] * right[U(weights + (k - 1 if k > 0 else c - 1))]
            out[own + x] += taken[q + x] * right[w + x]
            out[high + x] += taken[q + size + x] * right[U(weights + (k + 1 if k < c - 1 else 0))]
        return
    w1, w2 = w + U(step), w + U(2 * step)
    for k in range(one, U(max(1, c - 1))):
        b, a = taken[q - size + k], taken[q + size + k]
        out[low + k] += taken[q - size - size + k] * right[w1 + k - one] + b * right[w2 + k - one]
        out[own + k] += b * right[w + k] + taken[q + k] * right[w1 + k] + a * right[w2 + k]
        out[high + k] += a * right[w + k + one] + taken[q + size + size + k] * right[w1 + k + one]
    for k in range(0, c, max(1, c - 1)):
        x, before, after = U(k), U((k - 1) % c), U((k + 1) % c)
        b, a = taken[q - size + x], taken[q + size + x]
        out[low + x] += taken[q - size - size + x] * right[w1 + before] + b * right[w2 + before]
        out[own + x] += b * right[w + x] + taken[q + x] * right[w1 + x] + a * right[w2 + x]
        out[high + x] += a * right[w + after] + taken[q + size + size + x] * right[w1 + after]


@serial
def ring_ends(s, offsets, left, right, strides, full, slots, odd, out):
    """`product` once more for the coarse cells at the ends of the closed rings of odd length that `odd` marks.

    There the first and the last coarse cell stand at neighbouring fine ones.
    """
    n, c = s.shape[2:], out.shape[2:]
    reach = np.array([1 if stride > 0 else 0 for stride in strides])
    big, o, g = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    low, high, step, base = np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64), np.empty(3, np.int64)
    for cell in range(s.shape[1] * c[0] * c[1] * c[2]):
        b, big[0], big[1], big[2] = (
            cell // (c[0] * c[1] * c[2]),
            cell // (c[1] * c[2]) % c[0],
            cell // c[2] % c[1],
            cell % c[2],
        )
        at_end = False
        for a in range(3):
            at_end = at_end or (odd[a] and (big[a] == 0 or big[a] == c[a] - 1))
        if not at_end:
            continue
        out[:, b, big[0], big[1], big[2]] = 0
        for o0 in range(-reach[0], reach[0] + 1):
            for o1 in range(-reach[1], reach[1] + 1):
                for o2 in range(-reach[2], reach[2] + 1):
                    o[0], o[1], o[2] = o0, o1, o2
                    m = np.int64(0)
                    for a in range(3):
                        m += (o[a] + reach[a]) * strides[a]
                        g[a] = fine(big[a], o[a], n[a], reach[a])
                    given = left[m, b, big[0], big[1], big[2]]
                    if given == 0:
                        continue
                    for entry in range(len(offsets)):
                        value = given * s[entry, b, g[0], g[1], g[2]]
                        _spread(b, value, g, offsets[entry], big, n, c, reach, strides, full, right, slots,
                                low, high, step, base, out)  # fmt: skip


@inner
def _spread(b, value, g, offset, big, n, c, reach, strides, full, right, slots, low, high, step, base, out):
    """Pass an entry of `R M` on to the coarse cells that give to the fine cell it multiplies."""
    for a in range(3):
        place, base[a] = g[a] + offset[a], 0
        if place >= n[a]:
            place, base[a] = place - n[a], c[a]
        elif place < 0:
            place, base[a] = place + n[a], -c[a]
        # The fine cell may itself have been reached by wrapping.
        if reach[a] and big[a] == 0 and g[a] == n[a] - 1:
            base[a] -= c[a]
        low[a], high[a] = (place // 2, (place + 1) // 2) if reach[a] else (place, place)
        step[a] = place
    for i in range(low[0], high[0] + 1):
        for j in range(low[1], high[1] + 1):
            for k in range(low[2], high[2] + 1):
                m = (step[0] - 2 * i + 1) * strides[0] if reach[0] else 0
                m += (step[1] - 2 * j + 1) * strides[1] if reach[1] else 0
                m += (step[2] - 2 * k + 1) * strides[2] if reach[2] else 0
                weight = right[m, b, i % c[0], j % c[1], k % c[2]]
                if weight != 0:
                    d0, d1, d2 = (i + base[0] - big[0]), (j + base[1] - big[1]), (k + base[2] - big[2])
                    slot = slots[d0 * full[0] + 1, d1 * full[1] + 1, d2 * full[2] + 1]
                    out[slot, b, big[0], big[1], big[2]] += value * weight
