"""The command line: everything that the pages can do with the ledger, without a browser.

`app` holds the commands' table of contents, one module a command. Every command builds one JSON
document and either prints it (`--json`) or draws it. Modules import what is heavy (the database,
Polars) inside their functions, so that `--help` and a mistyped word answer at once.
"""

import sys


def main() -> None:
    """Run the command line of this process and exit with its status: 0, 1, 2, 3, 130 or 143."""
    from core.cli.app import run
    from core.cli.signals import stop_politely

    stop_politely()
    for stream in (sys.stdout, sys.stderr):
        # A terminal or a cron job without UTF-8 shows `?`, and gets its figures all the same.
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    sys.exit(run(sys.argv[1:]))


__all__ = ["main"]
