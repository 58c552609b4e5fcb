"""Machine code for NumPy arrays (Numba), loaded by the first call that needs it.

On tensors the composed definition of an operator is its kernel: it is one graph for `torch.compile`, which fuses it.
"""
