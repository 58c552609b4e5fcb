"""What an audit finds."""

from dataclasses import dataclass

from ..certificates import MEANING


@dataclass(frozen=True, eq=False)
class Witness:
    """A state that violates a claim.

    Attributes
    ----------
    state : array or tensor
        `u`; for "contractive" the difference of two states (of a linear step), or the pair of them.
    amount : float
        What one step does: the growth of the norm, `‖u⁺‖/‖u‖`, or the excess beyond the extrema in units of their range.
    in_the_end : float
        The same after all steps.
    what : str
        In words.
    """

    state: object
    amount: float
    in_the_end: float
    what: str


@dataclass(frozen=True, eq=False)
class Finding:
    """What was found about one claim.

    Attributes
    ----------
    claim : {"contractive", "bounded", "max-min"}
    verdict : {"holds", "fails", "open"}
    limit : float or None
        The largest step for which the claim is proved.
    margin : float or None
        The step divided by its limit.
    because : str
    witness : Witness or None
    """

    claim: str
    verdict: str
    limit: float | None
    margin: float | None
    because: str
    witness: Witness | None = None

    def __str__(self) -> str:
        of_limit = "" if self.margin is None else f", the step is {self.margin:.4g} of the limit {self.limit:.6g}"
        found = "" if self.witness is None else f"; {self.witness.what}"
        return f"{self.claim} ({MEANING[self.claim]}) {self.verdict}{of_limit}{found}; {self.because}"


@dataclass(frozen=True)
class Proposal:
    """Steps over the same time that keep the claims.

    Attributes
    ----------
    scheme : Scheme
    steps : int
    tau : float
    calls : int
        Calls of the operator; those of an inner solver are counted on a random state.
    error : float
        Distance to the exact flow on the same state, relative to the state.
    whole : bool
        Extrema are kept by all steps together, verified on this graph, not by each step, proved.
    """

    scheme: object
    steps: int
    tau: float
    calls: int
    error: float
    whole: bool = False

    def __str__(self) -> str:
        whole = ", max-min of all steps together" if self.whole else ""
        return f"{self.steps} x {self.scheme}, τ = {self.tau:.6g}: {self.calls} calls, error {self.error:.2g}{whole}"


@dataclass(frozen=True, eq=False)
class Audit:
    """The result of `pdenn.audit`.

    Attributes
    ----------
    subject : str
    findings : tuple of Finding
        Contractive, bounded, max-min.
    published : Proposal or None
        The audited steps themselves, by the same measures.
    proposals : tuple of Proposal
        The one with the fewest calls first; empty where all claims hold, or no scheme is known to keep them.
    """

    subject: str
    findings: tuple[Finding, ...]
    published: Proposal | None = None
    proposals: tuple[Proposal, ...] = ()

    @property
    def failed(self) -> tuple[str, ...]:
        """The claims with a witness against them."""
        return tuple(f.claim for f in self.findings if f.verdict == "fails")

    def __getitem__(self, claim: str) -> Finding:
        return next(f for f in self.findings if f.claim == claim)

    def __str__(self) -> str:
        lines = [self.subject, *(f"  {finding}" for finding in self.findings)]
        lines += [f"  as it is: {self.published}"] if self.published else []
        return "\n".join(lines + [f"  proposed: {proposal}" for proposal in self.proposals])
