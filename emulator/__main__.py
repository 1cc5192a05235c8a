"""``python -m emulator`` is ``ses-emulator``."""

from emulator.cli import main

main(prog_name="ses-emulator")
