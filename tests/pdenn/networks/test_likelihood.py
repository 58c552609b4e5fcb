"""The likelihood of probabilities: right, finite at zero, and never a logarithm of a negative number."""

import pytest
import torch

from pdenn.networks import negative_log_likelihood

U = torch.softmax(torch.randn(7, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64), -1)
LABELS = torch.tensor([0, 1, 2, 0, 1, 2, 0])


def test_it_is_that_of_torch():
    expected = torch.nn.functional.nll_loss(U.log(), LABELS)
    assert abs(negative_log_likelihood(U, LABELS) - expected) < 1e-15
    assert negative_log_likelihood(U.float(), LABELS.to(torch.int8)).dtype == torch.float32


@pytest.mark.parametrize("value", [0.0, -1e-14])
def test_zero_and_rounding_are_finite(value):
    u = U.clone()
    u[0, 0] = value
    u.requires_grad_()
    loss = negative_log_likelihood(u, LABELS)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(u.grad).all()
    assert u.grad[0, 0] == 0


def test_negative_probabilities_are_refused_or_raised_to_the_least_positive_number():
    u = U.clone()
    u[3, 0] = -0.01
    with pytest.raises(ValueError, match=r"got -0.01 among 1 of 7 labelled entries: .*claim='max-min'"):
        negative_log_likelihood(u, LABELS)
    expected = -(u[torch.arange(7), LABELS].clamp(min=torch.finfo(u.dtype).tiny)).log().mean()
    assert negative_log_likelihood(u, LABELS, "clamp") == expected
    u[3, 0] = float("nan")
    with pytest.raises(ValueError, match="got nan"):
        negative_log_likelihood(u, LABELS)
    assert torch.isnan(negative_log_likelihood(u, LABELS, "clamp"))  # it does not hide


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"shape \(nodes, classes\) and labels \(nodes,\), got \(7, 3\) and \(6,\)"):
        negative_log_likelihood(U, LABELS[:6])
    with pytest.raises(ValueError, match="negative must be one of .* got 'ignore'"):
        negative_log_likelihood(U, LABELS, "ignore")
