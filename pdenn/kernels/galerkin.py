"""Transfer between a grid and its coarse cells with weights of their own, and Galerkin products.

Layouts as in `stencil`. Along a merged axis the coarse cell `I` stands at the fine cell `2I`; `weights[m]` with
`m = Σ (o_a + 1) strides[a]` is what the coarse cell `I` gives to the fine cell `2I + o`, `o_a` from -1 to 1, and zero
where it gives nothing. Axes that are not merged have the stride 0.
"""

import numba
import numpy as np

from .compile import njit, serial_and_parallel


@njit()
def fine(coarse, o, n, merged):
    """The fine cell at `o` from a coarse cell, wrapped."""
    return (2 * coarse + o) % n if merged else coarse


@serial_and_parallel
def restriction(weights, strides, r, out):
    """`R r`: every coarse cell sums up what it would give."""
    n, c = np.array(r.shape[1:]), out.shape[1:]
    reach = (strides > 0).astype(np.int64)
    for row in numba.prange(len(out) * c[0] * c[1]):
        b, i, j = row // (c[0] * c[1]), row // c[1] % c[0], row % c[1]
        target = out[b, i, j]
        target[:] = 0
        for oi in range(-reach[0], reach[0] + 1):
            for oj in range(-reach[1], reach[1] + 1):
                source = r[b, fine(i, oi, n[0], reach[0]), fine(j, oj, n[1], reach[1])]
                for ok in range(-reach[2], reach[2] + 1):
                    m = (oi + reach[0]) * strides[0] + (oj + reach[1]) * strides[1] + (ok + reach[2]) * strides[2]
                    w = weights[m, b, i, j]
                    if reach[2] == 0:
                        for k in range(c[2]):
                            target[k] += w[k] * source[k]
                        continue
                    for k in range(1 if ok < 0 else 0, c[2] - 1):
                        target[k] += w[k] * source[2 * k + ok]
                    if ok < 0:
                        target[0] += w[0] * source[n[2] - 1]
                    if ok >= 0 or c[2] > 1:
                        target[c[2] - 1] += w[c[2] - 1] * source[fine(c[2] - 1, ok, n[2], 1)]


@serial_and_parallel
def prolongation(weights, strides, e, v, out):
    """`v + P e`."""
    n, c = out.shape[1:], e.shape[1:]
    reach = (strides > 0).astype(np.int64)
    for row in numba.prange(len(out) * n[0] * n[1]):
        b, i, j = row // (n[0] * n[1]), row // n[1] % n[0], row % n[1]
        target = out[b, i, j]
        target[:] = v[b, i, j]
        # An odd cell has two givers, an even one itself.
        odd_i, odd_j = (i % 2) * reach[0], (j % 2) * reach[1]
        for oi in range(-odd_i, odd_i + 1, 2):
            for oj in range(-odd_j, odd_j + 1, 2):
                gi = ((i - oi) // 2) % c[0] if reach[0] else i
                gj = ((j - oj) // 2) % c[1] if reach[1] else j
                m = (oi + reach[0]) * strides[0] + (oj + reach[1]) * strides[1]
                source = e[b, gi, gj]
                if reach[2] == 0:
                    w = weights[m, b, gi, gj]
                    for k in range(n[2]):
                        target[k] += w[k] * source[k]
                    continue
                low, even = weights[m, b, gi, gj], weights[m + strides[2], b, gi, gj]
                high = weights[m + 2 * strides[2], b, gi, gj]
                for k in range(c[2]):
                    target[2 * k] += even[k] * source[k]
                for k in range(n[2] // 2):
                    after = k + 1 if k + 1 < c[2] else 0
                    target[2 * k + 1] += high[k] * source[k] + low[after] * source[after]


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


@njit()
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


@njit()
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


@njit()
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


@serial_and_parallel
def product(s, offsets, left, right, strides, full, slots, out):
    """`R M P`: the stencils of the coarse cells, entry `slots[o + 1]` at the offset `o`.

    `left` are the weights of `R`, `right` those of `P`; `full[a]` is 1 where the coarse axis has more than one cell. At
    the ends of closed rings of odd length, `ring_ends` has to follow.
    """
    n, c = s.shape[2:], out.shape[2:]
    r0, r1, r2 = min(strides[0], 1), min(strides[1], 1), min(strides[2], 1)
    for row in numba.prange(s.shape[1] * c[0] * c[1]):
        b, i, j = row // (c[0] * c[1]), row // c[1] % c[0], row % c[1]
        for o0 in range(-r0, r0 + 1):
            for o1 in range(-r1, r1 + 1):
                for o2 in range(-r2, r2 + 1):
                    slot = (o0 + r0) * strides[0] + (o1 + r1) * strides[1] + (o2 + r2) * strides[2]
                    given = left[slot, b, i, j]
                    for m in range(len(offsets)):
                        entry = s[m, b, fine(i, o0, n[0], r0), fine(j, o1, n[1], r1)]
                        q0, q1, q2 = o0 + offsets[m, 0], o1 + offsets[m, 1], o2 + offsets[m, 2]
                        # An odd place along a merged axis has two givers, any other one.
                        for e0 in range(-(r0 * (q0 % 2)), r0 * (q0 % 2) + 1, 2):
                            for e1 in range(-(r1 * (q1 % 2)), r1 * (q1 % 2) + 1, 2):
                                for e2 in range(-(r2 * (q2 % 2)), r2 * (q2 % 2) + 1, 2):
                                    d0 = (q0 - e0) // 2 if r0 else q0
                                    d1 = (q1 - e1) // 2 if r1 else q1
                                    d2 = (q2 - e2) // 2 if r2 else q2
                                    other = (e0 + r0) * strides[0] + (e1 + r1) * strides[1] + (e2 + r2) * strides[2]
                                    taken = right[other, b, (i + d0) % c[0], (j + d1) % c[1]]
                                    target = out[slots[d0 * full[0] + 1, d1 * full[1] + 1, d2 * full[2] + 1], b, i, j]
                                    _row_product(given, entry, taken, o2, d2, r2, target)


@njit()
def _row_product(given, entry, taken, o, d, merged, target):
    """`target += given · entry · taken` along a row: the fine cell `2K + o` and the coarse cell `K + d`."""
    n, c = len(entry), len(target)
    if merged:
        for k in range(1, c - 1):
            target[k] += given[k] * entry[2 * k + o] * taken[k + d]
    else:
        for k in range(1, c - 1):
            target[k] += given[k] * entry[k] * taken[k + d]
    for k in range(0, c, max(1, c - 1)):
        target[k] += given[k] * entry[fine(k, o, n, merged)] * taken[(k + d) % c]


@njit()
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


@njit()
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
