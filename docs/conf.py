"""Sphinx configuration. The list of public names on the page of the interface is read from the package itself."""

import inspect
import json
from pathlib import Path

import pdenn

project = "pdenn"
author = "The pdenn authors"
copyright = "2026, The pdenn authors"
version = release = "0.1.0"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "numpydoc"]
myst_enable_extensions = ["deflist", "dollarmath", "substitution"]
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
html_title = project
default_role = "literal"  # `x` in a docstring is code
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the numpydoc sections say the types
numpydoc_show_class_members = False


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
    "public_names": "```{eval-rst}\n" + "\n".join(directive(name) for name in pdenn.__all__) + "\n```",
    "studies": "\n".join(study(path) for path in sorted(RESULTS.glob("*.json"))),
}
