"""The networks that are compared, each with the first layer that its size asks for.

Features are bags of words with one nonzero in eighty: all first layers are products of a sparse matrix. A layer as wide
as the dictionary is taken in blocks of 64 columns, which stay in the cache, and so does the diffusion of features.
"""

import warnings

import numpy as np
import torch
from torch import nn

BLOCK = 64
SMALLEST = 1e-12  # of the numbers whose logarithm is taken: negative probabilities count as this


class SparseProduct(torch.autograd.Function):
    """`X w` with a sparse `X` whose transpose is at hand."""

    @staticmethod
    def forward(ctx, X, XT, w):
        ctx.XT = XT
        return X @ w

    @staticmethod
    def backward(ctx, gradient):
        return None, None, ctx.XT @ gradient.contiguous()


class Sparse:
    """A SciPy matrix for torch: `X(w)` is the product, `X.thinned(w, p, random)` that of X after dropout."""

    def __init__(self, matrix):
        matrix = matrix.tocsr().astype(np.float32)
        order = matrix.astype(np.float64)
        order.data = np.arange(matrix.nnz, dtype=np.float64)
        self.order = torch.tensor(order.T.tocsr().data.astype(np.int64))  # of the entries in the transpose
        self.X, self.XT = _tensor(matrix), _tensor(matrix.T.tocsr())

    def __call__(self, w):
        return SparseProduct.apply(self.X, self.XT, w)

    def thinned(self, w, p: float, random):
        values = dropped(self.X.values(), p, random)
        X = torch.sparse_csr_tensor(
            self.X.crow_indices(), self.X.col_indices(), values, self.X.shape, check_invariants=False
        )
        XT = torch.sparse_csr_tensor(
            self.XT.crow_indices(), self.XT.col_indices(), values[self.order], self.XT.shape, check_invariants=False
        )
        return SparseProduct.apply(X, XT, w)


def dropped(x, p: float, random):
    """Dropout with `p` to a multiple of 2^-16: NumPy draws short integers faster than torch its floats."""
    return x * kept(x, p, random) * (1 / (1 - p))


def kept(x, p: float, random):
    """True with probability `1 - p`."""
    return torch.from_numpy(random.integers(0, 65536, x.numel(), np.uint16) >= round(65536 * p)).view(x.shape)


def _tensor(matrix):
    parts = (torch.tensor(matrix.indptr), torch.tensor(matrix.indices), torch.tensor(matrix.data))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse", UserWarning)  # torch calls this format a beta
        return torch.sparse_csr_tensor(*parts, size=matrix.shape, check_invariants=True)


class ResidualBase:
    """`z = C (x + relu(W x + b)) + c` with as many hidden units as words: the base of COIN."""

    dropout = 0.0

    def __init__(self, X: Sparse, classes: int, seed: int):
        torch.manual_seed(int(seed))
        words = X.X.shape[1]
        linear, classifier = nn.Linear(words, words), nn.Linear(words, classes)
        self.X = X
        self.blocks = [slice(k, k + BLOCK) for k in range(0, words, BLOCK)]
        self.W = [nn.Parameter(linear.weight[block].T.contiguous().detach()) for block in self.blocks]
        self.b, self.c = nn.Parameter(linear.bias.detach()), nn.Parameter(classifier.bias.detach())
        self.C = nn.Parameter(classifier.weight.T.contiguous().detach())
        self.groups = [{"params": [*self.W, self.b, self.C, self.c], "weight_decay": 5e-4}]

    def hidden(self):
        """Each block of columns of `relu(W x + b)` with its place."""
        for block, W in zip(self.blocks, self.W, strict=True):
            yield block, (self.X(W) + self.b[block]).relu_()

    def __call__(self, training: bool):
        return sum((h @ self.C[block] for block, h in self.hidden()), self.X(self.C) + self.c)


class Perceptron:
    """`z = C drop(relu(W drop(x) + b)) + c` with 64 hidden units."""

    def __init__(self, X: Sparse, classes: int, seed: int, dropout=0.5, bias=True, decays=(5e-4, 5e-4)):
        torch.manual_seed(int(seed))
        self.X, self.dropout, self.random = X, dropout, np.random.default_rng(int(seed))
        first, self.second = nn.Linear(X.X.shape[1], BLOCK, bias=bias), nn.Linear(BLOCK, classes, bias=bias)
        self.W, self.b = nn.Parameter(first.weight.T.contiguous().detach()), first.bias if bias else None
        outer, inner = [self.W, self.b] if bias else [self.W], list(self.second.parameters())
        self.groups = [{"params": outer, "weight_decay": decays[0]}, {"params": inner, "weight_decay": decays[1]}]

    def __call__(self, training: bool):
        first = self.X.thinned(self.W, self.dropout, self.random) if training else self.X(self.W)
        hidden = (first if self.b is None else first + self.b).relu()
        return self.second(dropped(hidden, self.dropout, self.random) if training else hidden)


class Convolutions:
    """`z = T drop(relu(S^k drop(x) W + b)) C + c` with 64 hidden units and symmetric sparse `S` and `T`, dropout 0.8.

    With couplings for both and `k = 1` this is GCN (Kipf and Welling 2017). With a step of diffusion as `S`, and without
    `T`, the features diffuse before the classifier, as in Diff-ResNet.
    """

    dropout = 0.8

    def __init__(self, X: Sparse, classes: int, seed: int, S: Sparse, steps=1, T=None):
        torch.manual_seed(int(seed))
        self.X, self.S, self.steps, self.T, self.random = X, S, steps, T, np.random.default_rng(int(seed))
        self.W = nn.Parameter(nn.init.xavier_uniform_(torch.empty(X.X.shape[1], BLOCK)))
        self.C = nn.Parameter(nn.init.xavier_uniform_(torch.empty(BLOCK, classes)))
        self.b, self.c = nn.Parameter(torch.zeros(BLOCK)), nn.Parameter(torch.zeros(classes))
        self.groups = [{"params": [self.W, self.b, self.C, self.c], "weight_decay": 5e-4}]

    def __call__(self, training: bool):
        y = self.X.thinned(self.W, self.dropout, self.random) if training else self.X(self.W)
        for _ in range(self.steps):
            y = self.S(y)
        hidden = (y + self.b).relu()
        z = (dropped(hidden, self.dropout, self.random) if training else hidden) @ self.C
        return (z if self.T is None else self.T(z)) + self.c


class Diffused:
    """Class probabilities of a base, diffused by the matrix `P`: COIN. Only the rows of `P` that are read are needed."""

    def __init__(self, base, P):
        self.base, self.P, self.groups = base, P, base.groups

    def evaluated_and_loss(self, rows, labels):
        """What the base says of the whole graph without dropout, and the loss with it."""
        z = self.base(True)
        with torch.no_grad():
            state = z.detach() if self.base.dropout == 0 else self.base(False)
        return state, nn.functional.nll_loss(self.read(z, rows), labels)

    def rows(self, nodes):
        """What `read` needs for these nodes."""
        return self.P[nodes]

    def read(self, z, rows):
        """Logarithms of the class probabilities."""
        return (rows @ z.softmax(1)).clamp(min=SMALLEST).log()


class DiffusedLogits(Diffused):
    """The same with what comes before the softmax: APPNP, whose `P` is ten steps of personalised PageRank."""

    def read(self, z, rows):
        return (rows @ z).log_softmax(1)


class Undiffused(Diffused):
    """A base alone."""

    def __init__(self, base):
        super().__init__(base, None)

    def rows(self, nodes):
        return torch.tensor(nodes)

    def read(self, z, rows):
        return z[rows].log_softmax(1)


class DiffResNet(DiffusedLogits):
    """Features diffuse, with dropout before each of the steps, then comes the classifier; it commutes with `P`."""

    def __init__(self, base, P, x, step: Sparse, layers: int, dropout: float, seed: int):
        super().__init__(base, P)
        self.x, self.thinning = x, (step.X, layers, dropout, np.random.default_rng(int(seed)))

    def evaluated_and_loss(self, rows, labels):
        z = state = self.base.c
        for block, h in self.base.hidden():
            y, C = self.x[:, block] + h, self.base.C[block]
            z, state = z + Thinned.apply(y, *self.thinning) @ C, state + (y @ C).detach()
        return state.detach(), nn.functional.cross_entropy(z[rows[0]], labels)

    def rows(self, nodes):
        return torch.tensor(nodes), super().rows(nodes)

    def read(self, z, rows):
        return super().read(z, rows[1])


class Thinned(torch.autograd.Function):
    """`y ← S drop(y)`, `layers` times, with a symmetric `S`."""

    @staticmethod
    def forward(ctx, y, S, layers, p, random):
        ctx.S, ctx.p, ctx.masks = S, p, [kept(y, p, random) for _ in range(layers)]
        for mask in ctx.masks:
            y = S @ (y * mask) / (1 - p)
        return y

    @staticmethod
    def backward(ctx, g):
        for mask in reversed(ctx.masks):
            g = (ctx.S @ g) * mask / (1 - ctx.p)
        return g, None, None, None, None
