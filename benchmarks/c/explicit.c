/* One explicit step of isotropic diffusion with reflecting walls, as a C programmer would write it: the diffusivity of
   three rows (planes) is kept, the fluxes follow one behind; OpenMP over slabs. G(s) is the diffusivity at s = |grad u|^2/lambda^2. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#ifdef PERONA_MALIK
#define G(s) (1 / (1 + (s)))
#else
#define G(s) (1 / SQRT(1 + (s)))
#endif
#define BEFORE(i) ((i) > 0 ? (i) - 1 : 0)
#define AFTER(i, n) ((i) < (n) - 1 ? (i) + 1 : (n) - 1)

static void row2(const REAL *b, const REAL *c, const REAL *a, long m, REAL q, REAL *g) {
    for (long k = 1; k < m - 1; k++) {
        REAL x = b[k] - c[k], y = a[k] - c[k], z = c[k - 1] - c[k], w = c[k + 1] - c[k];
        g[k] = G(q * (x * x + y * y + z * z + w * w));
    }
    for (long k = 0; k < m; k += m - 1) {
        REAL x = b[k] - c[k], y = a[k] - c[k], z = c[BEFORE(k)] - c[k], w = c[AFTER(k, m)] - c[k];
        g[k] = G(q * (x * x + y * y + z * z + w * w));
    }
}

void step2(const REAL *u, long n, long m, REAL lambda, REAL tau, REAL *out) {
    const REAL s = tau * (REAL)0.5, q = (REAL)0.5 / (lambda * lambda);
#pragma omp parallel
    {
        long p = omp_get_num_threads(), t = omp_get_thread_num(), first = n * t / p, last = n * (t + 1) / p;
        REAL *rows = malloc(3 * m * sizeof(REAL));
#define U(i) (u + (i) * m)
#define ROW(i) (rows + (i) % 3 * m)
        row2(U(BEFORE(BEFORE(first))), U(BEFORE(first)), U(first > 0 ? first : AFTER(0, n)), m, q, ROW(first + 2));
        row2(U(BEFORE(first)), U(first), U(AFTER(first, n)), m, q, ROW(first));
        for (long i = first; i < last; i++) {
            long j = AFTER(i, n);
            row2(U(BEFORE(j)), U(j), U(AFTER(j, n)), m, q, ROW(i + 1));
            const REAL *b = U(BEFORE(i)), *c = U(i), *a = U(j), *gb = ROW(i + 2), *g = ROW(i), *ga = ROW(i + 1);
            REAL *o = out + i * m;
            for (long k = 1; k < m - 1; k++)
                o[k] = c[k] + s * ((g[k - 1] + g[k]) * (c[k - 1] - c[k]) + (g[k + 1] + g[k]) * (c[k + 1] - c[k])
                                   + (gb[k] + g[k]) * (b[k] - c[k]) + (ga[k] + g[k]) * (a[k] - c[k]));
            for (long k = 0; k < m; k += m - 1) {
                long l = BEFORE(k), r = AFTER(k, m);
                o[k] = c[k] + s * ((g[l] + g[k]) * (c[l] - c[k]) + (g[r] + g[k]) * (c[r] - c[k])
                                   + (gb[k] + g[k]) * (b[k] - c[k]) + (ga[k] + g[k]) * (a[k] - c[k]));
            }
        }
        free(rows);
    }
}

/* The diffusivity of plane i, of n x m x l cells. */
static void plane3(const REAL *u, long n, long m, long l, long i, REAL q, REAL *g) {
    for (long j = 0; j < m; j++) {
        const REAL *c = u + (i * m + j) * l, *b = u + (BEFORE(i) * m + j) * l, *a = u + (AFTER(i, n) * m + j) * l;
        const REAL *d = u + (i * m + BEFORE(j)) * l, *e = u + (i * m + AFTER(j, m)) * l;
        REAL *h = g + j * l;
        for (long k = 1; k < l - 1; k++) {
            REAL x = b[k] - c[k], y = a[k] - c[k], z = c[k - 1] - c[k], w = c[k + 1] - c[k], v = d[k] - c[k], f = e[k] - c[k];
            h[k] = G(q * (x * x + y * y + z * z + w * w + v * v + f * f));
        }
        for (long k = 0; k < l; k += l - 1) {
            REAL x = b[k] - c[k], y = a[k] - c[k], z = c[BEFORE(k)] - c[k], w = c[AFTER(k, l)] - c[k], v = d[k] - c[k], f = e[k] - c[k];
            h[k] = G(q * (x * x + y * y + z * z + w * w + v * v + f * f));
        }
    }
}

void step3(const REAL *u, long n, long m, long l, REAL lambda, REAL tau, REAL *out) {
    const REAL s = tau * (REAL)0.5, q = (REAL)0.5 / (lambda * lambda);
#pragma omp parallel
    {
        long p = omp_get_num_threads(), t = omp_get_thread_num(), first = n * t / p, last = n * (t + 1) / p;
        REAL *planes = malloc(3 * m * l * sizeof(REAL));
#define PLANE(i) (planes + (i) % 3 * m * l)
        plane3(u, n, m, l, BEFORE(first), q, PLANE(first + 2));
        plane3(u, n, m, l, first, q, PLANE(first));
        for (long i = first; i < last; i++) {
            plane3(u, n, m, l, AFTER(i, n), q, PLANE(i + 1));
            for (long j = 0; j < m; j++) {
                const REAL *c = u + (i * m + j) * l, *b = u + (BEFORE(i) * m + j) * l, *a = u + (AFTER(i, n) * m + j) * l;
                const REAL *d = u + (i * m + BEFORE(j)) * l, *e = u + (i * m + AFTER(j, m)) * l;
                const REAL *g = PLANE(i) + j * l, *gb = PLANE(i + 2) + j * l, *ga = PLANE(i + 1) + j * l;
                const REAL *gd = PLANE(i) + BEFORE(j) * l, *ge = PLANE(i) + AFTER(j, m) * l;
                REAL *o = out + (i * m + j) * l;
                for (long k = 1; k < l - 1; k++)
                    o[k] = c[k] + s * ((g[k - 1] + g[k]) * (c[k - 1] - c[k]) + (g[k + 1] + g[k]) * (c[k + 1] - c[k])
                                       + (gd[k] + g[k]) * (d[k] - c[k]) + (ge[k] + g[k]) * (e[k] - c[k])
                                       + (gb[k] + g[k]) * (b[k] - c[k]) + (ga[k] + g[k]) * (a[k] - c[k]));
                for (long k = 0; k < l; k += l - 1) {
                    long x = BEFORE(k), y = AFTER(k, l);
                    o[k] = c[k] + s * ((g[x] + g[k]) * (c[x] - c[k]) + (g[y] + g[k]) * (c[y] - c[k])
                                       + (gd[k] + g[k]) * (d[k] - c[k]) + (ge[k] + g[k]) * (e[k] - c[k])
                                       + (gb[k] + g[k]) * (b[k] - c[k]) + (ga[k] + g[k]) * (a[k] - c[k]));
                }
            }
        }
        free(planes);
    }
}
