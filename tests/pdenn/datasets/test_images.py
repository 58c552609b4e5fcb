"""Images: their sizes, numbers, and orders."""

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

import pdenn as pn
from pdenn.datasets import images


def test_berkeley_images_have_their_sizes():
    test, train = pn.datasets.berkeley("bsd68"), pn.datasets.berkeley("bsd400")
    assert len(test) == 68 and {x.shape for x in test} == {(321, 481), (481, 321)}
    assert len(train) == 400 and {x.shape for x in train} == {(180, 180)}
    assert all(x.dtype == np.uint8 for x in test + train)


def test_digits_are_those_of_lecun():
    """The numbers of each digit as LeCun, Cortes and Burges give them."""
    digits = pn.datasets.mnist()
    assert digits.x_train.shape == (60000, 28, 28) and digits.x_test.shape == (10000, 28, 28)
    assert np.bincount(digits.y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(digits.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_the_order_of_digits_does_not_depend_on_their_origin():
    random = np.random.default_rng(0)
    x, y = random.integers(0, 2, (200, 2, 2), np.uint8), random.integers(0, 3, 200)
    shuffled = random.permutation(200)
    for one, other in zip(images._sorted(x, y), images._sorted(x[shuffled], y[shuffled]), strict=True):
        assert np.array_equal(one, other)
    assert (np.diff(images._sorted(x, y)[1].astype(int)) >= 0).all()


def test_other_digits_are_refused(monkeypatch, tmp_path):
    zeros = {f"{kind}_{part}": np.zeros((2, 1, 1), np.uint8)[..., 0] for kind in "xy" for part in ("train", "test")}
    np.savez(tmp_path / "mnist.npz", **zeros)
    monkeypatch.setattr(images, "path", lambda name: tmp_path / "mnist.npz")
    with pytest.raises(ValueError, match="the sorted digits must have the SHA-256"):
        pn.datasets.mnist()


@pytest.mark.parametrize(("part", "characters", "first"), [(1, 136, "Balinese"), (2, 156, "Greek")])
def test_omniglot_has_twenty_drawings_of_every_character(part, characters, first):
    data = pn.datasets.omniglot(part)
    assert np.bincount(data.labels).tolist() == [20] * characters
    assert data.images.shape == (20 * characters, 105, 105) and data.images.dtype == bool
    assert len(data.names) == 5 and data.names[0] == first
    assert all(len(set(data.alphabets[data.labels == c])) == 1 for c in range(characters))
    assert 0.05 < data.images.mean() < 0.1  # ink, not paper


def test_the_nearest_image_errs_as_published():
    """The modified Hausdorff distance errs on 38.8 % (demonstration of the origin); a wrong pairing would on 95 %.

    Here the images are centred to whole pixels, which may move a few of the 400 answers.
    """
    runs, wrong = pn.datasets.omniglot_runs(), 0
    assert len(runs) == 20
    for support, queries, labels in runs:
        assert sorted(labels) == list(range(20))
        known, asked = [np.stack([centred(image) for image in images]) for images in (support, queries)]
        distances = np.maximum(away(asked, known), away(known, asked).T)
        wrong += (distances.argmin(1) != labels).sum()
    assert abs(wrong / 400 - 0.388) < 0.03


def centred(image):
    """The image with the mean of its ink in the middle."""
    return np.roll(image, np.rint(52 - np.argwhere(image).mean(0)).astype(int), (0, 1))


def away(images, others):
    """The mean distance of the ink of each image from that of each other one (Dubuisson and Jain 1994)."""
    maps = np.stack([distance_transform_edt(~other) for other in others]).reshape(len(others), -1)
    return images.reshape(len(images), -1) @ maps.T / images.sum((1, 2))[:, None]


def test_other_names_are_refused():
    with pytest.raises(ValueError, match=r"name must be one of \('bsd68', 'bsd400'\), got 'bsd500'"):
        pn.datasets.berkeley("bsd500")
    with pytest.raises(ValueError, match="part must be 1 or 2, got 3"):
        pn.datasets.omniglot(3)
