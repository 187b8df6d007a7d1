"""What is the same for all tests: the folders they import from, and that they run alike however they are started."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
OF_THE_MACHINE = (
    *("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD"),
    *("CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "NO_COLOR", "PY_COLORS"),
    *("COLUMNS", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LINES", "PYTHONUNBUFFERED"),
    *("KONSOLE_VERSION", "TERM", "TERM_PROGRAM", "VTE_VERSION", "WT_SESSION"),
    "PYTHONDONTWRITEBYTECODE",  # containers set it: a thousand processes would compile imagelint anew
)
"""Variables by which CI services and shells ask programs for another output, or for more work."""
sys.path[:0] = [str(TESTS), str(TESTS.parent / "fuzz")]

# A busy machine is no defect; what fails prints how to run it again, instead of writing it into the clone.
settings.register_profile(
    "anywhere", deadline=None, database=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("anywhere")


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: many tests wait for what they have started."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Coverage is of the tables: what random values reach changes from run to run, and counting it takes long.

    What starts other programs comes first, so that no worker is left with a long test at the end.
    """
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker("no_cover")
    items.sort(key=lambda item: item.get_closest_marker("external") is None)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A temporary folder that the workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session", autouse=True)
def caches_in_a_temporary_folder(run_folder: Path) -> Iterator[None]:
    """What the tests start (pre-commit, pip) leaves nothing in the home of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_CACHE_HOME", "PRE_COMMIT_HOME", "PIP_CACHE_DIR"):
            patch.setenv(variable, str(run_folder / "caches" / variable.lower()))
        yield


@pytest.fixture(scope="session", autouse=True)
def programs_start_with_default_signals() -> Iterator[None]:
    """What the tests start takes signals as from a terminal, also where they are ignored (`nohup`, `make test &`).

    A program inherits that a signal is ignored, but no handler. One that does nothing leaves the tests themselves as
    deaf as they were started.
    """
    named = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    ignored = [number for number in named if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, lambda number, frame: None)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="session", autouse=True)
def one_environment() -> Iterator[None]:
    """What the tests start runs alike, whatever the shell or the CI service asks programs for.

    Image assets without a platform are built for x86_64, whatever machine runs the tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        for variable in OF_THE_MACHINE:
            patch.delenv(variable, raising=False)
        patch.setenv("DOCKER_DEFAULT_PLATFORM", "linux/amd64")
        yield
