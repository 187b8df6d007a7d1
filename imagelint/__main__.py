"""`python -m imagelint`."""

from imagelint.cli.main import main

main(prog_name="imagelint")
