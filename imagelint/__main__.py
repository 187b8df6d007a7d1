"""`python -m imagelint`."""

from imagelint.cli import main

main(prog_name="imagelint")
