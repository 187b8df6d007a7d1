"""`imagelint` as a program, and `python -m imagelint`."""

import gc


def run() -> None:
    """Run the command line in a process of its own, which ends soon: looking for garbage in what was imported and
    parsed costs more than it could free, in the run and once more at its end."""
    gc.disable()
    from imagelint.cli.main import main

    try:
        main(prog_name="imagelint")
    finally:
        gc.freeze()


if __name__ == "__main__":
    run()
