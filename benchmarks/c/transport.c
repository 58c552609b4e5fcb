/* One step of convection on a periodic grid with values reconstructed at the faces, as a C programmer would write it: one
   sweep over the rows; the fluxes through the lower faces of a row are kept for the next one. OpenMP over slabs. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define C(x) ((REAL)(x))

#ifdef WENO
static inline REAL edge(REAL a, REAL b, REAL c, REAL d, REAL e) {
    REAL q0 = (2 * a - 7 * b + 11 * c) * C(1.0 / 6), q1 = (-b + 5 * c + 2 * d) * C(1.0 / 6), q2 = (2 * c + 5 * d - e) * C(1.0 / 6);
    REAL x = a - 2 * b + c, y = b - 2 * c + d, z = c - 2 * d + e;
    REAL p = a - 4 * b + 3 * c, q = b - d, r = 3 * c - 4 * d + e;
    REAL s0 = C(1e-6) + C(13.0 / 12) * x * x + C(0.25) * p * p, s1 = C(1e-6) + C(13.0 / 12) * y * y + C(0.25) * q * q;
    REAL s2 = C(1e-6) + C(13.0 / 12) * z * z + C(0.25) * r * r;
    REAL w0 = C(0.1) / (s0 * s0), w1 = C(0.6) / (s1 * s1), w2 = C(0.3) / (s2 * s2);
    return (w0 * q0 + w1 * q1 + w2 * q2) / (w0 + w1 + w2);
}
#else /* MUSCL with the limiter of van Leer */
static inline REAL edge(REAL a, REAL b, REAL c, REAL d, REAL e) {
    REAL x = c - b, y = d - c, product = x * y;
    return c + (product > 0 ? product / (x + y) : 0);
}
#endif

/* Fluxes v u_upwind at m faces, from the three cells on each side. */
static void faces(const REAL *v, const REAL *l3, const REAL *l2, const REAL *l1, const REAL *r1, const REAL *r2,
                  const REAL *r3, long m, REAL *restrict flux) {
#pragma omp simd
    for (long k = 0; k < m; k++) {
        int ahead = v[k] > 0;
        REAL a = ahead ? l3[k] : r3[k], b = ahead ? l2[k] : r2[k], c = ahead ? l1[k] : r1[k];
        REAL d = ahead ? r1[k] : l1[k], e = ahead ? r2[k] : l2[k];
        flux[k] = v[k] * edge(a, b, c, d, e);
    }
}

/* v0 has (n + 1) x m, v1 n x (m + 1) velocities at the faces; tau is the step over the mesh width. */
void step(const REAL *u, const REAL *v0, const REAL *v1, long n, long m, REAL tau, REAL *out) {
#pragma omp parallel
    {
        long p = omp_get_num_threads(), t = omp_get_thread_num(), first = n * t / p, last = n * (t + 1) / p;
        REAL *space = malloc((4 * m + 8) * sizeof(REAL)), *below = space, *above = space + m, *across = space + 2 * m;
        REAL *wide = space + 3 * m + 1;
#define U(i) (u + ((i) + 3 * n) % n * m)
        faces(v0 + first * m, U(first - 3), U(first - 2), U(first - 1), U(first), U(first + 1), U(first + 2), m, below);
        for (long i = first; i < last; i++) {
            faces(v0 + (i + 1) * m, U(i - 2), U(i - 1), U(i), U(i + 1), U(i + 2), U(i + 3), m, above);
            for (long k = 0; k < 3; k++) wide[k] = U(i)[m - 3 + k], wide[m + 3 + k] = U(i)[k];
            memcpy(wide + 3, U(i), m * sizeof(REAL));
            faces(v1 + i * (m + 1), wide, wide + 1, wide + 2, wide + 3, wide + 4, wide + 5, m + 1, across);
            const REAL *c = U(i);
            REAL *o = out + i * m;
            for (long k = 0; k < m; k++) o[k] = c[k] + tau * (below[k] - above[k] + across[k] - across[k + 1]);
            REAL *old = below;
            below = above, above = old;
        }
        free(space);
    }
}
