"""`python -m core` is `claude-spend`."""

from core.cli import main

if __name__ == "__main__":
    main()
