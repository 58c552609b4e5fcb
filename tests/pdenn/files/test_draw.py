"""Figures and films show the state that they say, on labelled axes, with a scale that all times share."""

import numpy as np
import pytest
from PIL import Image

import pdenn as pn
from pdenn.files import draw, films, write_animation, write_figure

TIMES = (0.0, 0.5, 1.0)


def result(shape, batch=(), times=TIMES, boundary="reflecting"):
    grid = pn.Grid(shape, 0.5, boundary)
    u = np.random.default_rng(0).random((*batch, *grid.shape))
    return pn.solve(pn.discretise(pn.Diffusion(), grid), u, pn.FSI(3), 1.0, times=times).to_xarray()


def cloud():
    points = np.random.default_rng(0).normal(size=(30, 2))
    A = pn.discretise(pn.Diffusion(), pn.Graph.from_points(points, neighbours=4))
    data = pn.solve(A, points[:, 0], pn.FSI(3), 1.0, times=TIMES).to_xarray()
    return data, data.assign_coords(p0=("node", points[:, 0]), p1=("node", points[:, 1]))


def drawn_on(figure):
    """The axes with something on them, the colour bar apart."""
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>" and axes.axison]


def test_one_axis_gives_lines_over_time_and_space_and_time():
    data = result((9,), times=tuple(np.linspace(0, 1, 9)))
    lines, picture = drawn_on(draw.figure(data))
    assert [line.get_label() for line in lines.lines] == [f"t = {t:.4g}" for t in data.time.values[[0, 2, 3, 5, 6, 8]]]
    np.testing.assert_array_equal(lines.lines[-1].get_ydata(), data.u[-1])
    np.testing.assert_array_equal(lines.lines[-1].get_xdata(), data.x0)
    assert (lines.get_xlabel(), lines.get_ylabel()) == ("x0", "u")
    np.testing.assert_array_equal(picture.collections[0].get_array(), data.u)
    assert (picture.get_xlabel(), picture.get_ylabel(), picture.get_ylim()) == ("x0", "time", (0, 1))


def test_one_time_of_one_axis_is_a_line():
    (lines,) = drawn_on(draw.figure(result((9,), times=())))
    assert len(lines.lines) == 1


def test_two_axes_lie_as_in_books():
    data = result((4, 6))
    spots = drawn_on(draw.figure(data))
    assert [spot.get_title() for spot in spots] == ["t = 0", "t = 0.5", "t = 1"]
    for spot, u in zip(spots, data.u.values, strict=True):
        (image,) = spot.images
        np.testing.assert_array_equal(image.get_array(), u.T)
        assert (image.origin, image.get_extent(), image.get_cmap().name) == ("lower", [0, 2, 0, 3], "cividis")
        assert image.get_clim() == (data.u.min(), data.u.max())
        assert (spot.get_xlabel(), spot.get_ylabel()) == ("x0", "x1")


def test_a_picture_is_grey_and_lies_as_it_is_looked_at():
    data = result((4, 6)).assign_attrs(input_scale=255.0)
    (image,) = drawn_on(draw.figure(data))[0].images
    np.testing.assert_array_equal(image.get_array(), data.u[0])
    assert (image.origin, image.get_cmap().name, image.get_clim()) == ("upper", "gray", (0, 1))
    assert image.get_extent() == [0, 3, 2, 0]


def test_a_colour_picture_keeps_its_colours(caplog):
    data = result((4, 6), (3,)).assign_attrs(input_scale=255.0)
    draw.figure((data * 1.5).assign_attrs(data.attrs))
    assert caplog.text == ""  # what is too bright is cut off without a word
    figure = draw.figure(data)
    np.testing.assert_array_equal(drawn_on(figure)[0].images[0].get_array(), np.moveaxis(data.u.values[0], 0, -1))
    assert all(axes.get_label() != "<colorbar>" for axes in figure.axes)


def test_of_a_batch_the_first_state_is_drawn():
    data = result((4, 6), (3,))
    np.testing.assert_array_equal(drawn_on(draw.figure(data))[0].images[0].get_array(), data.u[0, 0].T)
    assert draw.limits(data) == (data.u[:, 0].min(), data.u[:, 0].max())


def test_three_axes_give_the_slices_through_the_middle():
    data = result((4, 6, 5))
    spots = drawn_on(draw.figure(data))
    assert len(spots) == 9
    for spot, axis, middle in zip(spots[-3:], range(3), (2, 3, 2), strict=True):
        cut = np.take(data.u.values[-1], middle, axis)
        np.testing.assert_array_equal(spot.images[0].get_array(), cut.T)
        assert spot.get_title() == f"t = 1, x{axis} = {0.5 * middle + 0.25:.4g}"
    assert (spots[1].get_xlabel(), spots[1].get_ylabel()) == ("x0", "x2")


def test_a_graph_is_drawn_where_its_points_are_or_over_its_nodes():
    plain, placed = cloud()
    (dots,) = drawn_on(draw.figure(plain))[-1].lines
    np.testing.assert_array_equal(dots.get_ydata(), plain.u[-1])
    (points,) = drawn_on(draw.figure(placed))[-1].collections
    np.testing.assert_array_equal(points.get_offsets(), np.stack([placed.p0, placed.p1], 1))
    np.testing.assert_array_equal(points.get_array(), placed.u[-1])


def test_the_title_says_equation_and_scheme_and_units_are_labelled():
    data = result((4, 6)).assign_attrs(title="A test")
    data.x0.attrs["units"] = "mm"
    figure = draw.figure(data)
    assert figure.get_suptitle() == "A test\n∂u/∂t = div(g(|∇u|²) ∇u) [g = Linear()]\nFSI(n=3, coefficients='held')"
    assert drawn_on(figure)[0].get_xlabel() == "x0 [mm]"
    assert len(draw.pixels(figure).shape) == 3


def test_a_constant_state_has_a_scale():
    data = result((4,))
    data.u[:] = 2.0
    assert draw.limits(data) == (1.5, 2.5)


def test_the_walls_of_a_single_cell():
    image = drawn_on(draw.figure(result((1, 6))))[0].images[0]
    assert image.get_extent() == [0, 0.5, 0, 3]


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_figures_are_files(suffix, tmp_path):
    write_figure(tmp_path / f"a{suffix}", result((9,)))
    begin = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml"}[suffix]
    assert (tmp_path / f"a{suffix}").read_bytes().startswith(begin)


@pytest.mark.parametrize(
    "data", [result((9,)), result((4, 6)), result((4, 6, 5)), cloud()[1]], ids=lambda d: len(d.u.dims)
)
def test_a_film_has_a_frame_for_every_time(data, tmp_path):
    write_animation(tmp_path / "a.gif", data, fps=5)
    with Image.open(tmp_path / "a.gif") as film:
        assert (film.n_frames, film.info["duration"], film.info["loop"]) == (3, 200, 0)
        film.seek(2)
        shown = np.asarray(film.convert("RGB"), float)
    last = draw.pixels(draw.panels(data, [2], draw.limits(data)))
    assert shown.shape == last.shape
    assert all(n % 16 == 0 for n in shown.shape[:2])
    assert np.abs(shown - last).mean() < 2  # of 255: a palette of 256 colours


def test_films_are_mp4_where_they_can_be(tmp_path, monkeypatch):
    import imageio.v3 as imageio

    assert films() == [".gif", ".mp4"]
    write_animation(tmp_path / "a.mp4", result((4, 6)))
    frames = imageio.imread(tmp_path / "a.mp4")
    assert frames.shape == (3, 480, 640, 3)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert films() == [".gif"]
    with pytest.raises(ValueError, match=r"'\.mp4', use \.gif"):
        write_animation(tmp_path / "b.mp4", result((4, 6)))


@pytest.mark.parametrize(
    ("data", "name", "fps", "message"),
    [(result((4,), times=()), "a.gif", 10, "two saved times"), (result((4,)), "a.gif", 0, r"fps must be in \(0, 100\], got 0"),
     (result((4,)), "a.gif", float("nan"), "fps"), (result((4,)), "a.gif", 100.5, r"fps must be .* got 100\.5"),
     (result((4,)), "a.avi", 10, r"'\.avi', use \.gif")],
)  # fmt: skip
def test_what_is_no_film_is_refused(data, name, fps, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        write_animation(tmp_path / name, data, fps)
    assert list(tmp_path.iterdir()) == []
