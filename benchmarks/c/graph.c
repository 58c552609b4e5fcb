/* Linear diffusion on a graph, as a C programmer would write it for channels that lie side by side: every row of the
   couplings gathers the channels of its neighbours, OpenMP over the rows. */
#include <omp.h>

void graph(const int *first, const int *heads, const REAL *w, const REAL *u, long nodes, REAL *out) {
#pragma omp parallel for schedule(static)
    for (long i = 0; i < nodes; i++) {
        REAL sum[CHANNELS] = {0};
        for (long k = first[i]; k < first[i + 1]; k++)
            for (int c = 0; c < CHANNELS; c++)
                sum[c] += w[k] * (u[CHANNELS * (long)heads[k] + c] - u[CHANNELS * i + c]);
        for (int c = 0; c < CHANNELS; c++)
            out[CHANNELS * i + c] = sum[c];
    }
}
