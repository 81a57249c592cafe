"""`python -m skyrack.cli` is the `skyrack` command."""

from skyrack.cli.main import main

main()
