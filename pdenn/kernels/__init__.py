"""Machine code: `cpu` (Numba on NumPy arrays) and `gpu` (torch on tensors). Loaded by the first call that needs it."""
