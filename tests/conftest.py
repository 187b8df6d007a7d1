"""Makes the folders of the tests and of the fuzz targets importable for the tests."""

import sys
from pathlib import Path

TESTS = Path(__file__).parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "fuzz")]
