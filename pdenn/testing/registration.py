"""The entry point through which Hypothesis learns how to make grids: `hypothesis.strategies.from_type(pn.Grid)`."""


def register() -> None:
    """Called by Hypothesis itself when it is first imported (entry point `hypothesis`)."""
    from hypothesis import strategies as st

    from ..grids import Grid

    def grids_of(_: type[Grid]) -> st.SearchStrategy[Grid]:
        from .strategies import grids

        return grids()

    st.register_type_strategy(Grid, grids_of)
