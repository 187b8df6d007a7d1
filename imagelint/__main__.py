"""`imagelint` as a program, and `python -m imagelint`."""

import gc

from imagelint.cli.main import main


def run() -> None:
    """Run the command line in a process of its own."""
    gc.disable()  # the process ends soon, and looking for cycles in parsed templates costs more than it could free
    main(prog_name="imagelint")


if __name__ == "__main__":
    run()
