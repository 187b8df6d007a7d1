"""Runs one command to its end and prints what it cost: exit status, CPU seconds, wall seconds, peak memory.

A process of its own and a small one, because the peak that the system tells of a process is at least that of the one
that started it (Linux: the memory before `exec` counts).
"""

from __future__ import annotations

import os
import sys
import time


def main(command: list[str]) -> None:
    """Run the command, without its standard output."""
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    start = time.perf_counter()
    _, waited, usage = os.wait4(os.posix_spawn(command[0], command, os.environ, file_actions=silent), 0)
    wall = time.perf_counter() - start
    print(os.waitstatus_to_exitcode(waited), usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss)


if __name__ == "__main__":
    main(sys.argv[1:])
