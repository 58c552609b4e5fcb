"""Cases and mobility in England."""

import pdenn as pn


def test_every_day_has_cases_and_mobility():
    data = pn.datasets.england_covid()
    assert data.cases.shape == (61, 129) and data.cases.min() == 0 and data.cases.max() == 182
    assert len(data.mobility) == 61 and all(flow.shape == (129, 129) and flow.nnz > 0 for flow in data.mobility)
    assert all((flow.data > 0).all() for flow in data.mobility)


def test_mobility_keeps_the_order_of_the_edges():
    """The file begins with day 50 in its list of edges: from 37 to 109 went 554."""
    assert pn.datasets.england_covid().mobility[50][37, 109] == 554
