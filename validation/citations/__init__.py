"""Node classification on citation networks: the protocol, the networks, and their training."""
