"""The dashboard's entry: everything is in the shell."""

from core.ui import shell

shell.main()
