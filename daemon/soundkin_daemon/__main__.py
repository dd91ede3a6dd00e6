"""`python -m soundkin_daemon` and the `soundkin` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from soundkin_daemon.cli import app

    app(prog_name="soundkin")


if __name__ == "__main__":  # worker processes import this module again and must not start a command
    main()
