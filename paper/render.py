"""From the template and the results to `paper.md`. Rests on Jinja, for which a number that is missing is an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import results

HERE = Path(__file__).parent
TEMPLATE, PAPER = "paper.md.j2", HERE / "paper.md"
NAMES = ("study", "comparisons", "rows", "cell", "column", "claims", "all_claims", "failed", "newest")


def fixed(x: float, digits: int = 0) -> str:
    """`1.50` for 1.5 and two digits; a proper minus sign."""
    return f"{x:.{digits}f}".replace("-", "−")


def plus(x: float, digits: int = 0) -> str:
    """`+1.50` or `−1.50`."""
    return f"{x:+.{digits}f}".replace("-", "−")


def thousands(x: int) -> str:
    """`12,000`."""
    return f"{x:,}"


def rendered() -> str:
    """The paper in Markdown, as Pandoc and the Journal of Open Source Software read it."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # Markdown, not HTML
    )
    environment.globals |= {name: getattr(results, name) for name in NAMES}
    environment.filters |= {"fixed": fixed, "plus": plus, "thousands": thousands}
    return environment.get_template(TEMPLATE).render()
