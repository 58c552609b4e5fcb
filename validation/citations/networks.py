"""The networks that are compared: bases with 64 hidden units, and what stands behind a base, wide ones of `wide` too.

Features are bags of words with one nonzero in eighty: all first layers are products of a sparse matrix. A base gives the
scores of all nodes, `base(training)`, and takes a step of Adam, `base.step()`, after the backward pass. Factors with as few
columns as there are classes are multiplied as rows, which is three to five times as fast.
"""

import warnings

import numpy as np
import torch
from torch import nn

HIDDEN = 64
RATE = 0.01  # of Adam, for all networks
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
    """Dropout with `p` to a multiple of 2^-16: four numbers from one draw, faster than floats."""
    return x * kept(x, p, random) * (1 / (1 - p))


def kept(x, p: float, random):
    """True with probability `1 - p`."""
    drawn = random.bit_generator.random_raw(-(-x.numel() // 4)).view(np.uint16)[: x.numel()]
    return torch.from_numpy(drawn >= round(65536 * p)).view(x.shape)


def slender(A, B):
    """`A B` for a `B` with few columns."""
    return (B.T @ A.T).T


def _tensor(matrix):
    parts = (torch.tensor(matrix.indptr), torch.tensor(matrix.indices), torch.tensor(matrix.data))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse", UserWarning)  # torch calls this format a beta
        return torch.sparse_csr_tensor(*parts, size=matrix.shape, check_invariants=True)


class Perceptron:
    """`z = C drop(relu(W drop(x) + b)) + c` with 64 hidden units."""

    def __init__(self, X: Sparse, classes: int, seed: int, dropout=0.5, bias=True, decays=(5e-4, 5e-4)):
        torch.manual_seed(int(seed))
        self.X, self.dropout, self.random = X, dropout, np.random.default_rng(int(seed))
        first, self.second = nn.Linear(X.X.shape[1], HIDDEN, bias=bias), nn.Linear(HIDDEN, classes, bias=bias)
        self.W, self.b = nn.Parameter(first.weight.T.contiguous().detach()), first.bias if bias else None
        outer, inner = [self.W, self.b] if bias else [self.W], list(self.second.parameters())
        groups = [{"params": outer, "weight_decay": decays[0]}, {"params": inner, "weight_decay": decays[1]}]
        self.adam = torch.optim.Adam(groups, RATE, fused=True)

    def __call__(self, training: bool):
        first = self.X.thinned(self.W, self.dropout, self.random) if training else self.X(self.W)
        hidden = (first if self.b is None else first + self.b).relu()
        z = slender(dropped(hidden, self.dropout, self.random) if training else hidden, self.second.weight.T)
        return z if self.b is None else z + self.second.bias

    def step(self):
        self.adam.step()
        self.adam.zero_grad()


class Convolutions:
    """`z = T drop(relu(S^k drop(x) W + b)) C + c` with 64 hidden units and symmetric sparse `S` and `T`, dropout 0.8.

    With couplings for both and `k = 1` this is GCN (Kipf and Welling 2017). With a step of diffusion as `S`, and without
    `T`, the features diffuse before the classifier, as in Diff-ResNet. `decay` is that of the weights `W`.
    """

    dropout = 0.8

    def __init__(self, X: Sparse, classes: int, seed: int, S: Sparse, steps=1, T=None, decay=5e-4):
        torch.manual_seed(int(seed))
        self.X, self.S, self.steps, self.T, self.random = X, S, steps, T, np.random.default_rng(int(seed))
        self.W = nn.Parameter(nn.init.xavier_uniform_(torch.empty(X.X.shape[1], HIDDEN)))
        self.C = nn.Parameter(nn.init.xavier_uniform_(torch.empty(HIDDEN, classes)))
        self.b, self.c = nn.Parameter(torch.zeros(HIDDEN)), nn.Parameter(torch.zeros(classes))
        groups = [{"params": [self.W], "weight_decay": decay}, {"params": [self.b, self.C, self.c]}]
        self.adam = torch.optim.Adam(groups, RATE, weight_decay=5e-4, fused=True)

    def __call__(self, training: bool):
        y = self.X.thinned(self.W, self.dropout, self.random) if training else self.X(self.W)
        for _ in range(self.steps):
            y = self.S(y)
        hidden = (y + self.b).relu()
        z = slender(dropped(hidden, self.dropout, self.random) if training else hidden, self.C)
        return (z if self.T is None else self.T(z)) + self.c

    def step(self):
        self.adam.step()
        self.adam.zero_grad()


class Diffused:
    """Class probabilities of a base, diffused by the matrix `P`: COIN. Only the rows of `P` that are read are needed."""

    def __init__(self, base, P):
        self.base, self.P = base, P

    def evaluated_and_loss(self, rows, labels):
        """What the base says of the whole graph without dropout, and the loss with it."""
        loss = nn.functional.nll_loss(self.read(self.base(True), rows), labels)
        with torch.no_grad():
            return self.base(False), loss

    def rows(self, nodes):
        """What `read` needs for these nodes."""
        return self.P[nodes]

    def read(self, z, rows):
        """Logarithms of the class probabilities."""
        return slender(rows, z.T.contiguous().softmax(0).T).clamp(min=SMALLEST).log()


class DiffusedLogits(Diffused):
    """The same with what comes before the softmax: APPNP, whose `P` is ten steps of personalised PageRank."""

    def read(self, z, rows):
        return slender(rows, z).log_softmax(1)


class Undiffused(Diffused):
    """A base alone."""

    def __init__(self, base):
        super().__init__(base, None)

    def rows(self, nodes):
        return torch.tensor(nodes)

    def read(self, z, rows):
        return z[rows].log_softmax(1)


class DiffResNet(DiffusedLogits):
    """Features diffuse, with dropout before each of the steps in training, then comes the classifier; it commutes with `P`."""

    def evaluated_and_loss(self, rows, labels):
        return self.base(False), nn.functional.cross_entropy(self.base(True)[rows[0]], labels)

    def rows(self, nodes):
        return torch.tensor(nodes), self.P[nodes]

    def read(self, z, rows):
        return super().read(z, rows[1])
