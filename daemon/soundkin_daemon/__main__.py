"""`python -m soundkin_daemon` and the `soundkin` command."""

from __future__ import annotations

import os


def main() -> None:
    """Run the command line."""
    # numpy reads these when it is imported: on busy cores a second BLAS thread costs a scan tens of milliseconds
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")
    from soundkin_daemon.cli import program

    program.main()


if __name__ == "__main__":  # worker processes import this module again and must not start a command
    main()
