"""``python -m hub`` is the command ``licet``."""

from hub.cli.app import main

main()
