"""The other side of the protocol: what our own commands and people at a terminal use to ask a daemon."""
