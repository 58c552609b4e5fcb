/* Limits of the machine: memory traffic by copy and triad, and arithmetic on registers. */
#include <math.h>

/* `repeats` sweeps over arrays of n numbers; a sweep moves 2 n (copy) or 3 n (triad) numbers. */
void copy(const REAL *a, REAL *b, long n, long repeats) {
    for (long r = 0; r < repeats; r++) {
#pragma omp parallel for simd schedule(static)
        for (long i = 0; i < n; i++) b[i] = a[i];
        __asm__ volatile("" ::: "memory");
    }
}

void triad(const REAL *a, const REAL *b, REAL *c, long n, long repeats) {
    for (long r = 0; r < repeats; r++) {
#pragma omp parallel for simd schedule(static)
        for (long i = 0; i < n; i++) c[i] = a[i] + (REAL)0.5 * b[i];
        __asm__ volatile("" ::: "memory");
    }
}

/* `repeats` times N independent operations of one kind on numbers that stay in registers or L1; every thread its own. */
#define N 256
#define ARITHMETIC(name, expression)                                       \
    void name(REAL *state, long repeats) {                                 \
        _Pragma("omp parallel") {                                          \
            REAL x[N] __attribute__((aligned(64)));                        \
            for (int i = 0; i < N; i++) x[i] = state[i];                   \
            for (long r = 0; r < repeats; r++) {                           \
                _Pragma("omp simd") for (int i = 0; i < N; i++) x[i] = (expression); \
                __asm__ volatile("" : : "r"(x) : "memory");                \
            }                                                              \
            _Pragma("omp critical") for (int i = 0; i < N; i++) state[i] = x[i]; \
        }                                                                  \
    }

ARITHMETIC(division, 1 / x[i])
ARITHMETIC(root, SQRT(x[i]))
ARITHMETIC(reciprocal_root, 1 / SQRT(x[i]))

/* Sixteen multiply-adds one after the other on each of N numbers: N/16 and more independent chains hide the latency. */
#define FMA(y) ((y) * (REAL)0.999 + (REAL)0.001)
#define FMA4(y) FMA(FMA(FMA(FMA(y))))
ARITHMETIC(multiply_add, FMA4(FMA4(FMA4(FMA4(x[i])))))

/* An addition before each of the sixteen: additions have units of their own on some machines. */
#define PAIR(y) FMA((y) + x[i])
#define PAIR4(y) PAIR(PAIR(PAIR(PAIR(y))))
ARITHMETIC(add_and_multiply_add, PAIR4(PAIR4(PAIR4(PAIR4(x[i])))))
