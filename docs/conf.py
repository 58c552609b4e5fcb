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
myst_enable_extensions = ["dollarmath", "substitution"]
exclude_patterns = ["_build"]
html_theme = "alabaster"
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


RESULTS = Path(__file__).parents[1] / "validation" / "results"
myst_substitutions = {
    "public_names": "```{eval-rst}\n" + "\n".join(directive(name) for name in pdenn.__all__) + "\n```",
    "studies": "\n".join(study(path) for path in sorted(RESULTS.glob("*.json"))),
}
