"""`pdenn certify`: what is provable about a scheme on an operator, up to which step, and why."""

from ..files.claims import claims
from . import names, options
from .faults import told
from .options import Boundary, Coefficients, Contrast, Epsilon, Form, H, Json, Kappa, Law, N, Scheme, Shape
from .tables import of_claims, show, show_json


@told
def certify(
    law: Law = "Charbonnier",
    scheme: Scheme = "FSI",
    shape: Shape = "64,64",
    contrast: Contrast = None,
    epsilon: Epsilon = None,
    kappa: Kappa = None,
    form: Form = "isotropic",
    n: N = None,
    coefficients: Coefficients = None,
    h: H = "1",
    boundary: Boundary = "reflecting",
    as_json: Json = False,
):
    """Say what is proved about a scheme on an equation and a grid: three claims, each with its limit and its reason."""
    cells = names.numbers("shape", shape, int)
    A = options.operator(law, contrast, epsilon, kappa, form, cells, h, boundary)
    chosen = names.scheme(scheme, n=n, coefficients=coefficients)
    found = claims(chosen, A)
    if as_json:
        show_json({"scheme": repr(chosen), "operator": repr(A), **found})
    else:
        show(of_claims(found, f"{chosen} on {A.equation}\n{A.grid.shape} cells, h = {A.grid.h}"))
