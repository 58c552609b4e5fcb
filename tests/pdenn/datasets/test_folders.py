"""Photographs in folders, made here."""

import numpy as np
import pytest
from PIL import Image

import pdenn as pn


def put(folder, name, rgb, shape=(100, 150)):
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.broadcast_to(np.array(rgb, np.uint8), (*shape, 3)).copy()).save(folder / name)


@pytest.fixture
def birds(tmp_path):
    put(tmp_path / "wren", "b.png", (0, 0, 200))
    put(tmp_path / "wren", "a.png", (0, 200, 0), shape=(300, 90))
    put(tmp_path / "owl", "c.JPG", (200, 0, 0))
    (tmp_path / "owl" / "list.txt").write_text("not an image")
    return tmp_path


def test_folders_are_classes_in_the_order_of_names(birds):
    found = pn.datasets.class_folders(birds)
    assert found.names == ("owl", "wren") and found.labels.tolist() == [0, 1, 1]
    assert found.images.shape == (3, 84, 84, 3) and found.images.dtype == np.uint8
    assert found.images[1].max((0, 1)).tolist() == [0, 200, 0] and found.images[2].min((0, 1)).tolist() == [0, 0, 200]
    assert abs(found.images[0].astype(int) - [200, 0, 0]).max() <= 3  # JPEG rounds


def test_the_middle_is_cut_out(tmp_path):
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, 10:50] = 255
    (tmp_path / "x").mkdir()
    Image.fromarray(image).save(tmp_path / "x" / "1.png")
    whole, middle = (pn.datasets.class_folders(tmp_path, size=n, resize=40).images[0] for n in (40, 20))
    assert (whole == 255).all() and (middle == 255).all()
    image[:, 10:50], image[:, 30:] = 0, 255
    Image.fromarray(image).save(tmp_path / "x" / "1.png")
    half = pn.datasets.class_folders(tmp_path, size=20, resize=40).images[0]
    assert (half[:, :10] == 0).all() and (half[:, 10:] == 255).all()


def test_as_many_as_asked_for(birds):
    assert pn.datasets.class_folders(birds, most=1).labels.tolist() == [0, 1]


def test_grey_images_become_coloured(tmp_path):
    (tmp_path / "x").mkdir()
    Image.fromarray(np.full((84, 84), 7, np.uint8)).save(tmp_path / "x" / "1.png")
    assert (pn.datasets.class_folders(tmp_path).images == 7).all()


@pytest.mark.parametrize(("name", "value"), [("size", 0), ("resize", 1.5), ("most", True), ("size", 97)])
def test_wrong_numbers_are_refused(birds, name, value):
    with pytest.raises(ValueError, match=f"{name} must be"):
        pn.datasets.class_folders(birds, **{name: value})


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="put a folder of images there for every class"):
        pn.datasets.class_folders(tmp_path / "none")
    with pytest.raises(ValueError, match="it has no folder"):
        pn.datasets.class_folders(tmp_path)
    (tmp_path / "wren").mkdir()
    with pytest.raises(ValueError, match=r"wren must hold images that end in \.bmp"):
        pn.datasets.class_folders(tmp_path)
    (tmp_path / "wren" / "a.png").write_text("words")
    with pytest.raises(ValueError, match=r"a\.png cannot be read as an image"):
        pn.datasets.class_folders(tmp_path)
