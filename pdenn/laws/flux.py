"""The flux function `Φ(s) = g(s²) s` that every law shares."""


def flux(law, s):
    """`Φ(s) = g(s²) s` at the slopes `s`."""
    return law.g(s * s) * s
