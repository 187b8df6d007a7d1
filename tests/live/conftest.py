"""One account for the tests of a module: moto's server, started once, and an environment with planted credentials."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore import loaders
from botocore import session as botocore_session

from support.aws_server import Aws, environment


@pytest.fixture(scope="session", autouse=True)
def _models_are_read_once() -> Iterator[None]:
    """The descriptions of the services, of some megabytes, are the same in each of the runs of this process."""
    loader = loaders.create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore_session, "create_loader", lambda path=None: loader)
        yield


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch)


@pytest.fixture(scope="module")
def server() -> Iterator[Aws]:
    """The server with what the module put into it."""
    with pytest.MonkeyPatch.context() as patch:
        environment(patch)
        started = Aws()
        try:
            yield started
        finally:
            started.close()


@pytest.fixture
def aws(server: Aws) -> Iterator[Aws]:
    """The server, of which what the test changed is taken back."""
    server.forget()
    yield server
    server.forget()
