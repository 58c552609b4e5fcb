"""Laws are tuples of numbers, but two laws with the same numbers are not the same law."""


def same(law, other) -> bool:
    """Equal class and equal parameters."""
    return type(law) is type(other) and tuple(law) == tuple(other)


def digest(law) -> int:
    """The hash that goes with `same`."""
    return hash((type(law), tuple(law)))
