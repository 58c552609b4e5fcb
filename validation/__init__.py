"""Slow studies: each prints a table, writes results/NAME.json and NAME.png, and states claims that hold or fail.

`python -m validation all --size small` runs them all; the small size runs in the tests.
"""
