"""How a comparison is run."""

from typing import NamedTuple

from .machine import present


class Settings(NamedTuple):
    """Sizes, threads and peers.

    Attributes
    ----------
    quick : bool
        Small sizes and short runs, to see that all is well.
    threads : tuple of int
    peers : tuple of str, optional
        Take only these; by default all that are installed.
    tiny : bool
        Smaller still: for tests.
    """

    quick: bool = False
    threads: tuple[int, ...] = (1,)
    peers: tuple[str, ...] | None = None
    tiny: bool = False

    def wants(self, peer: str) -> bool:
        """Whether a peer is asked for and installed."""
        return (self.peers is None or peer in self.peers) and present(peer)

    def pick(self, full, quick, tiny):
        """The one of three sizes."""
        return tiny if self.tiny else quick if self.quick else full

    @property
    def seconds(self) -> float:
        """The share of every work in a row of rounds."""
        return self.pick(0.6, 0.04, 0.0)
