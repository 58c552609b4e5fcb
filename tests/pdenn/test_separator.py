"""The layer gives every point within its radius the class of its centre, and the radius is sharp."""

import numpy as np
import pytest

from pdenn.separator import separator

CENTRES = np.array([(0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)])
XOR = np.array([1, 1, 0, 0])


def test_exclusive_or_of_four_discs():
    found = separator(CENTRES, XOR)
    angles = np.linspace(0, 2 * np.pi, 100)
    for centre, label in zip(CENTRES, XOR, strict=True):
        disc = centre + 0.999 * found.radius * np.stack([np.cos(angles), np.sin(angles)], -1)
        assert (found(disc).argmax(1) == label).all()
    assert found.jumps.shape == (4, 2)


def test_the_radius_is_attained():
    """Beyond half the gap on the line of the projections the neighbour wins."""
    found = separator(CENTRES, XOR)
    s = CENTRES @ found.direction
    wrong = [
        found((c + sign * 1.001 * found.radius * found.direction)[None]).argmax() != label
        for c, label in zip(CENTRES, XOR, strict=True)
        for sign in (1, -1)
    ]
    assert any(wrong)
    assert found.radius == pytest.approx(min(abs(a - b) for a, i in zip(s, XOR, strict=True)
                                             for b, j in zip(s, XOR, strict=True) if i != j) / 2)  # fmt: skip


def test_centres_have_the_unit_vectors_of_their_classes():
    rng = np.random.default_rng(0)
    centres, classes = rng.standard_normal((12, 5)), rng.integers(0, 3, 12)
    np.testing.assert_allclose(separator(centres, classes)(centres), np.eye(3)[classes], atol=1e-9)


def test_far_away_the_scores_are_those_of_the_last_centres():
    found = separator(CENTRES, XOR)
    order = np.argsort(CENTRES @ found.direction)
    for centre, sign in ((CENTRES[order[0]], -1), (CENTRES[order[-1]], 1)):
        np.testing.assert_allclose(found((centre + 50 * sign * found.direction)[None]), found(centre[None]), atol=1e-9)


def test_coinciding_centres_need_one_class():
    twice = np.concatenate([CENTRES, CENTRES[:1]])
    assert separator(twice, np.append(XOR, 1)).radius > 0
    with pytest.raises(ValueError, match="centres of different classes must be distinct"):
        separator(twice, np.append(XOR, 0))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="groups must be 4 integers"):
        separator(CENTRES, XOR[:3])
    with pytest.raises(ValueError, match="centres must be a finite array"):
        separator(CENTRES * np.nan, XOR)
