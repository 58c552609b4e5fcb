"""Sphinx configuration. The list of public names on the page of the interface is read from the package itself."""

import inspect
import json
import sys
from pathlib import Path

import pdenn

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1]))  # last, so that the installed package is the one documented
import interactive_data
import performance_tables
import sources_tables

project = "pdenn"
author = "The pdenn authors"
copyright = "2026, The pdenn authors"
version = release = pdenn.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
myst_enable_extensions = ["deflist", "dollarmath", "substitution"]
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["pdenn.css", "gallery.css"]
html_favicon = "_static/pdenn.svg"
html_theme_options = {"logo": {"text": project, "image_light": "_static/pdenn.svg", "image_dark": "_static/pdenn.svg"}}
html_context = {"default_mode": "auto"}
html_sidebars = {"*": []}  # pages at the top have no section to navigate
default_role = "literal"  # `x` in a docstring is code
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the numpydoc sections say the types
numpydoc_show_class_members = False
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",  # examples that did not change are not run again
    "filename_pattern": r"\.py$",
    "abort_on_example_error": True,
    "image_scrapers": ("film", "matplotlib"),
    "capture_repr": (),
    "download_all_examples": False,
    "inspect_global_variables": False,
    "show_signature": False,
    "write_computation_times": False,
}


def directive(name: str) -> str:
    """The autodoc directive for a public name of the package."""
    thing = getattr(pdenn, name)
    if inspect.ismodule(thing):
        return f".. automodule:: {thing.__name__}\n   :members:\n"
    if inspect.isclass(thing):
        kind = "exception" if issubclass(thing, BaseException) else "class"
        return f".. auto{kind}:: pdenn.{name}\n   :members:\n"
    return f".. auto{'function' if callable(thing) else 'data'}:: pdenn.{name}\n"


def study(path: Path) -> str:
    """What one study of validation/results found: its command, its claims, its figure."""
    facts = json.loads(path.read_text())
    failed = [claim["sentence"] for claim in facts["claims"] if not claim["held"]]
    said = f"{len(facts['claims']) - len(failed)} of {len(facts['claims'])} claims held"
    where = f"{facts['date']}, {facts['machine']}, {facts['seconds']:.0f} s"
    lines = [
        f"## {facts['title']}",
        "",
        f"`python -m validation {path.stem} --size {facts['size']}`: {said} ({where}).",
        "",
    ]
    lines += [f"- FAILED: {sentence}" for sentence in failed]
    return "\n".join([*lines, "", f"![{facts['title']}](../validation/results/{path.stem}.png)", ""])


def catalogue(title: str, names) -> str:
    """A table of public things: what each is, by the first sentence of its docstring."""
    lines = [f"## {title}", "", "| name | what it is |", "|---|---|"]
    for name, thing in names:
        said = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split()).replace("|", "\\|")
        lines.append(f"| `{name}` | {said} |")
    return "\n".join([*lines, ""])


def public(package, prefix="pdenn."):
    """The public classes and functions of a subpackage."""
    things = ((name, getattr(package, name)) for name in package.__all__)
    return [(prefix + name, thing) for name, thing in things if inspect.isclass(thing) or inspect.isfunction(thing)]


KINDS = {
    "Equations": public(pdenn.equations),
    "Laws": public(pdenn.laws),
    "Tensors": public(pdenn.tensors),
    "Fluxes of convection": public(pdenn.fluxes),
    "Schemes": public(pdenn.schemes),
    "Inner solvers and smoothers": public(pdenn.solvers),
    "Exact solutions": public(pdenn.exact, "pdenn.exact."),
    "Networks": public(pdenn.networks, "pdenn.networks."),
    "Assertions and strategies": public(pdenn.testing, "pdenn.testing."),
    "Data": public(pdenn.datasets, "pdenn.datasets."),
}
RESULTS = Path(__file__).parents[1] / "validation" / "results"
myst_substitutions = {
    "catalogue": "\n".join(catalogue(title, names) for title, names in KINDS.items()),
    "interactive_data": interactive_data.script(),
    "performance": performance_tables.performance(),
    "public_names": "```{eval-rst}\n" + "\n".join(directive(name) for name in pdenn.__all__) + "\n```",
    "studies": "\n".join(study(path) for path in sorted(RESULTS.glob("*.json"))),
} | sources_tables.substitutions()
