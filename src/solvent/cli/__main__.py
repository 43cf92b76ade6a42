"""`python -m solvent.cli`."""

from solvent.cli.app import main

main()
