"""The paper about the package: `python -m paper` takes its numbers from the results, and sets it."""
