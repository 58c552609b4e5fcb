"""Results as figures: lines in 1-D, pictures in 2-D, slices through the middle in 3-D, points on graphs.

Rests on Matplotlib, which is imported with this module, and draws without a screen. The colours are told apart by
everyone: greys for pictures, and otherwise cividis (Nuñez, Anderton and Renslow 2018).
"""

import textwrap

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

DPI, WIDTH, HEIGHT = 100, 6.4, 4.8  # in inches; films want pixels in sixteens
MOST = {1: 6, 2: 4, 3: 3}  # times in one figure, by the number of axes
LETTERS = 88  # in a line of the title


def figure(dataset) -> Figure:
    """A figure of a result over its saved times.

    One axis: lines at up to six times, and beside them all of them as a picture of space and time. Two axes, or a graph: up
    to four times; three axes: the slices through the middle at up to three times.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `solution.to_xarray()` gives it. Of a batch the first state is drawn.

    Returns
    -------
    matplotlib.figure.Figure
    """
    axes, n = space(dataset), dataset.sizes["time"]
    most = 4 if axes == ["node"] else MOST[len(axes)]
    chosen = np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))
    if len(axes) == 1 and axes != ["node"]:
        return _curves(dataset, chosen)
    return panels(dataset, chosen, limits(dataset))


def panels(dataset, chosen, ends) -> Figure:
    """The states at the chosen times, side by side, all with the same scale, from `ends[0]` to `ends[1]`."""
    cut = len(space(dataset)) == 3
    columns = 3 if cut else min(len(chosen), 2)
    rows = len(chosen) if cut else -(-len(chosen) // columns)
    drawn = _empty(dataset, WIDTH * max(1.0, columns / 1.6), HEIGHT * max(1.0, rows / (1.6 if not cut else 1.9)))
    spots = drawn.subplots(rows, columns, squeeze=False)
    for k, places in zip(chosen, spots if cut else spots.reshape(-1, 1), strict=False):
        colours = _draw_state(places, dataset, k, ends)
    for spot in spots.flat[(3 if cut else 1) * len(chosen) :]:
        spot.set_axis_off()
    if colours is not None:
        drawn.colorbar(colours, ax=spots, label=_label(dataset.u), shrink=0.9)
    return drawn


def pixels(drawn: Figure) -> np.ndarray:
    """A figure as 8 bit colours of shape (rows, columns, 3)."""
    canvas = FigureCanvasAgg(drawn)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def space(dataset) -> list[str]:
    """The names of the axes that are neither time nor batch."""
    return [str(d) for d in dataset.u.dims if d != "time" and not str(d).startswith("batch")]


def limits(dataset) -> tuple[float, float]:
    """The least and the largest value of what is drawn over all times; those of a picture are black and white."""
    if _is_picture(dataset):
        return 0.0, 1.0
    states = (_state(dataset, k) for k in range(dataset.sizes["time"]))  # one after the other: a file may be large
    least, most = np.array([(u.min(), u.max()) for u in states], float).T
    least, most = float(least.min()), float(most.max())
    return (least, most) if most > least else (least - 0.5, most + 0.5)


def _is_picture(dataset) -> bool:
    return "input_scale" in dataset.attrs and len(space(dataset)) == 2


def _state(dataset, k: int) -> np.ndarray:
    """The state at the `k`-th time: of a picture with its colours last, of any other batch the first one."""
    u = dataset.u.isel(time=k)
    batch = [d for d in u.dims if str(d).startswith("batch")]
    if _is_picture(dataset) and len(batch) == 1 and u.sizes[batch[0]] == 3:
        return np.clip(np.moveaxis(u.values, 0, -1), 0, 1)
    return u.isel(dict.fromkeys(batch, 0)).values


def _empty(dataset, width: float, height: float) -> Figure:
    """A figure without axes, whose title says the equation and the scheme."""
    drawn = Figure(figsize=(round(width / 0.32) * 0.32, round(height / 0.32) * 0.32), dpi=DPI, layout="constrained")
    said = [dataset.attrs[key] for key in ("title", "equation", "scheme") if dataset.attrs.get(key)]
    letters = int(LETTERS * width / WIDTH)
    drawn.suptitle(
        "\n".join(line for part in said for line in textwrap.wrap(part, letters)), fontsize=9, parse_math=False
    )
    return drawn


def _label(variable) -> str:
    """Its name, and its unit if it has one."""
    unit = variable.attrs.get("units", "1")
    return str(variable.name) if unit == "1" else f"{variable.name} [{unit}]"


def _time(dataset, k: int) -> str:
    return f"t = {float(dataset.time[k]):.4g}"


def _draw_state(places, dataset, k, ends):
    """One state on its axes; what the colour bar is for, None without colours."""
    axes, u = space(dataset), _state(dataset, k)
    if axes == ["node"]:
        return _points(places[0], dataset, u, k, ends)
    if len(axes) == 1:
        return _line(places[0], dataset, u, k, ends)
    if len(axes) == 2:
        return _image(places[0], dataset, u, axes, _time(dataset, k), ends)
    for i, place in enumerate(places):
        middle, others = u.shape[i] // 2, [name for name in axes if name != axes[i]]
        title = f"{_time(dataset, k)}, {axes[i]} = {float(dataset[axes[i]][middle]):.4g}"
        image = _image(place, dataset, np.take(u, middle, i), others, title, ends)
    return image


def _image(axis, dataset, u, names, title, ends):
    """Pictures lie as they are looked at, x0 downwards; other states as in books, x0 to the right."""
    down, across = (_edges(dataset, name) for name in names)
    axis.set_title(title, fontsize=10)
    shown = {"vmin": ends[0], "vmax": ends[1], "interpolation": "nearest"}
    if _is_picture(dataset):
        axis.set(xlabel=_label(dataset[names[1]]), ylabel=_label(dataset[names[0]]))
        image = axis.imshow(u, cmap="gray", extent=(*across, *down[::-1]), **shown)
        return None if u.ndim == 3 else image
    axis.set(xlabel=_label(dataset[names[0]]), ylabel=_label(dataset[names[1]]))
    return axis.imshow(u.T, cmap="cividis", origin="lower", extent=(*down, *across), **shown)


def _edges(dataset, name: str) -> tuple[float, float]:
    """The walls: half a cell before the first centre, and half a cell beyond the last one."""
    x = dataset[name].values
    half = float(x[1] - x[0]) / 2 if len(x) > 1 else float(x[0])  # the first centre lies half a cell from zero
    return float(x[0]) - half, float(x[-1]) + half


def _points(axis, dataset, u, k, ends):
    """The nodes where they are, if the dataset knows (p0, p1); otherwise the values over their numbers."""
    axis.set_title(_time(dataset, k), fontsize=10)
    if {"p0", "p1"} <= set(dataset.coords):
        axis.set(xlabel=_label(dataset.p0), ylabel=_label(dataset.p1), aspect="equal")
        return axis.scatter(dataset.p0, dataset.p1, c=u, s=12, cmap="cividis", vmin=ends[0], vmax=ends[1])
    axis.plot(dataset.node, u, ".", color=matplotlib.colormaps["cividis"](0.2))
    _scale(axis, dataset, "node", ends)
    return None


def _line(axis, dataset, u, k, ends):
    axis.set_title(_time(dataset, k), fontsize=10)
    name = space(dataset)[0]
    axis.plot(dataset[name], u, color=matplotlib.colormaps["cividis"](0.2))
    _scale(axis, dataset, name, ends)
    return None


def _scale(axis, dataset, name, ends):
    margin = 0.05 * (ends[1] - ends[0])
    axis.set(xlabel=_label(dataset[name]), ylabel=_label(dataset.u), ylim=(ends[0] - margin, ends[1] + margin))


def _curves(dataset, chosen) -> Figure:
    """Lines at the chosen times, and all times as a picture if there are several."""
    name, several = space(dataset)[0], dataset.sizes["time"] > 1
    drawn = _empty(dataset, WIDTH * (1.6 if several else 1), HEIGHT)
    spots, ends = drawn.subplots(1, 1 + several, squeeze=False)[0], limits(dataset)
    for i, k in enumerate(chosen):
        colour = matplotlib.colormaps["cividis"](0.85 * i / max(len(chosen) - 1, 1))
        spots[0].plot(dataset[name], _state(dataset, k), color=colour, label=_time(dataset, k))
    spots[0].legend(fontsize=8)
    _scale(spots[0], dataset, name, ends)
    if several:
        u = np.stack([_state(dataset, k) for k in range(dataset.sizes["time"])])
        shown = {"vmin": ends[0], "vmax": ends[1], "shading": "nearest", "cmap": "cividis"}
        mesh = spots[1].pcolormesh(dataset[name], dataset.time, u, **shown)
        spots[1].set(xlabel=_label(dataset[name]), ylabel=_label(dataset.time), ylim=dataset.time.values[[0, -1]])
        drawn.colorbar(mesh, ax=spots[1], label=_label(dataset.u))
    return drawn
