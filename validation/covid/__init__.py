"""Predicting cases of COVID-19: the protocols, the networks, and their training."""
