"""`pdenn audit`: which claims a graph network keeps, with witnesses, and steps that keep what its own do not."""

from pathlib import Path
from typing import Annotated

import numpy as np
import scipy
import typer

import pdenn

from ..files.rows import check_archive, edges
from . import names
from .faults import FAILED, told
from .options import Coefficients, Json, N, Scheme
from .tables import show, show_json, table


@told
def audit(
    source: Annotated[str, typer.Argument(metavar="GRAPH", help="A .npz of node classification, a text file with an "
                      "edge `i j` or `i j weight` per line, or a name such as cora.")],
    tau: Annotated[float, typer.Option(help="Step size.")],
    steps: Annotated[int, typer.Option(help="Number of steps: layers of diffusion.")] = 1,
    scheme: Scheme = "ExplicitEuler",
    n: N = None,
    coefficients: Coefficients = None,
    normalisation: Annotated[str, typer.Option(help="symmetric, row or none.")] = "symmetric",
    loops: Annotated[bool, typer.Option(help="A self-loop of weight one at every node, before the normalisation.")] = True,
    directed: Annotated[bool, typer.Option(help="Edges of a text file have a direction: the first sees the second.")] = False,
    component: Annotated[bool, typer.Option(help="The largest connected part alone.")] = True,
    as_json: Json = False,
):  # fmt: skip
    """Say which claims the diffusion of a graph network keeps, by how much, and what to do instead.

    The exit code is 1 if a claim fails.
    """
    graph = _graph(source, normalisation, loops, directed, component)
    chosen = names.scheme(scheme, n=n, coefficients=coefficients)
    found = pdenn.audit(graph, tau=tau, steps=steps, scheme=chosen)
    if as_json:
        show_json(plain(found))
    else:
        _tables(found)
    if found.failed:
        raise typer.Exit(FAILED)


def _graph(source, normalisation, loops, directed, component):
    """The graph that the options say."""
    path = _path(source)
    if path.suffix == ".npz":
        check_archive(path)
        given = pdenn.Graph.from_npz(path, component)[0]
        weights = given.weights - scipy.sparse.eye_array(given.size)
    else:
        given = pdenn.Graph.from_edges(*edges(path), directed=directed)
        weights = given.largest_component()[0].weights if component else given.weights
    weights = weights + scipy.sparse.eye_array(weights.shape[0]) if loops else weights
    return pdenn.Graph(scipy.sparse.csr_array(weights), normalisation, given.directed)


def _path(source: str) -> Path:
    """A file, or one of the graphs of `pdenn.datasets`, which is fetched if it is not in PDENN_DATA."""
    path = Path(source)
    if path.exists() or path.suffix:
        return path
    from ..datasets import sources

    known = [Path(name).stem for name in sources.SOURCES if name.startswith("graphs/")]
    if source not in known:
        raise ValueError(f"GRAPH must be a file, or one of {', '.join(known)}, got {source!r}")
    return sources.path(f"graphs/{source}.npz")


def plain(found) -> dict:
    """An audit as plain data; infinite limits are None."""
    findings = [
        {
            "claim": f.claim,
            "verdict": f.verdict,
            "limit": f.limit if f.limit is not None and np.isfinite(f.limit) else None,
            "margin": f.margin,
            "because": f.because,
            "witness": f.witness
            and {"what": f.witness.what, "amount": f.witness.amount, "in_the_end": f.witness.in_the_end},
        }
        for f in found.findings
    ]
    return {
        "subject": found.subject,
        "findings": findings,
        "published": found.published and _steps(found.published),
        "proposals": [_steps(p) for p in found.proposals],
    }


def _steps(p) -> dict:
    return {
        "scheme": repr(p.scheme),
        "steps": p.steps,
        "tau": p.tau,
        "calls": p.calls,
        "error": p.error,
        "whole": p.whole,
    }


def _tables(found):
    claims = table(found.subject, "claim", "verdict", "limit τ", "τ/limit", "witness", "because")
    for f in found.findings:
        numbers = ("-" if x is None else f"{x:.6g}" for x in (f.limit, f.margin))
        claims.add_row(f.claim, f.verdict, *numbers, "-" if f.witness is None else f.witness.what, f.because)
    show(claims)
    if found.proposals:
        better = table(
            "steps over the same time that keep the claims", "scheme", "steps", "τ", "calls", "error", "max-min of"
        )
        for p in (found.published, *found.proposals):
            name = f"as it is: {p.scheme}" if p is found.published else str(p.scheme)
            kept = "-" if p is found.published else "all steps together" if p.whole else "each step"
            better.add_row(name, str(p.steps), f"{p.tau:.6g}", str(p.calls), f"{p.error:.2g}", kept)
        show("", better)
