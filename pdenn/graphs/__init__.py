"""Weighted graphs, from matrices, edges or points: the grids of data without coordinates."""

from .graph import Graph

__all__ = ["Graph"]
