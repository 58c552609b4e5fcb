/* One explicit step of isotropic Charbonnier diffusion with reflecting walls, as a C programmer would write it:
   the diffusivity of three rows is kept, the fluxes follow one row behind; OpenMP over slabs of rows. */
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#define AT(v, i) ((v) + (long)(i) * m)

static void diffusivity(const REAL *u, int n, int m, int i, REAL lambda, REAL *g) {
    const REAL *c = AT(u, i), *b = AT(u, i > 0 ? i - 1 : i), *a = AT(u, i < n - 1 ? i + 1 : i);
    const REAL q = 1 / (lambda * lambda), half = (REAL)0.5;
    for (int k = 1; k < m - 1; k++) {
        REAL x = b[k] - c[k], y = a[k] - c[k], z = c[k - 1] - c[k], w = c[k + 1] - c[k];
        g[k] = 1 / SQRT(1 + half * (x * x + y * y + z * z + w * w) * q);
    }
    for (int k = 0; k < m; k += m - 1) {
        REAL x = b[k] - c[k], y = a[k] - c[k], z = k ? c[k - 1] - c[k] : 0, w = k < m - 1 ? c[k + 1] - c[k] : 0;
        g[k] = 1 / SQRT(1 + half * (x * x + y * y + z * z + w * w) * q);
    }
}

void step(const REAL *u, int n, int m, REAL lambda, REAL tau, REAL *out) {
    const REAL s = tau * (REAL)0.5;
#pragma omp parallel
    {
        int p = omp_get_num_threads(), t = omp_get_thread_num();
        int first = (long)n * t / p, last = (long)n * (t + 1) / p;
        REAL *rows = malloc(3L * m * sizeof(REAL));
        diffusivity(u, n, m, first > 0 ? first - 1 : 0, lambda, rows + (long)((first + 2) % 3) * m);
        diffusivity(u, n, m, first, lambda, rows + (long)(first % 3) * m);
        for (int i = first; i < last; i++) {
            REAL *gb = rows + (long)((i + 2) % 3) * m, *g = rows + (long)(i % 3) * m, *ga = rows + (long)((i + 1) % 3) * m;
            diffusivity(u, n, m, i < n - 1 ? i + 1 : i, lambda, ga);
            const REAL *c = AT(u, i), *b = AT(u, i > 0 ? i - 1 : i), *a = AT(u, i < n - 1 ? i + 1 : i);
            REAL *o = AT(out, i);
            for (int k = 1; k < m - 1; k++)
                o[k] = c[k] + s * ((g[k - 1] + g[k]) * (c[k - 1] - c[k]) + (g[k + 1] + g[k]) * (c[k + 1] - c[k])
                                   + (gb[k] + g[k]) * (b[k] - c[k]) + (ga[k] + g[k]) * (a[k] - c[k]));
            for (int k = 0; k < m; k += m - 1)
                o[k] = c[k] + s * ((k ? (g[k - 1] + g[k]) * (c[k - 1] - c[k]) : 0)
                                   + (k < m - 1 ? (g[k + 1] + g[k]) * (c[k + 1] - c[k]) : 0)
                                   + (gb[k] + g[k]) * (b[k] - c[k]) + (ga[k] + g[k]) * (a[k] - c[k]));
        }
        free(rows);
    }
}
