"""Denoising of 1-D signals: the signals, the networks, and the training of several seeds at once."""
