# SPDX-License-Identifier: Apache-2.0
"""What every test may ask for: an engine of either kind, and how hard Hypothesis tries.

`CI=true` tries harder: more examples, and more seasons laid into one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings

from entrepot.engine.base import Engine
from tests import desk as _desk
from tests.on_engines import ENGINES, open_engine
from tests.on_spark import need_spark, started

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from entrepot.engine.spark.engine import Spark

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("dev", max_examples=30, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("ci", max_examples=100, deadline=None, suppress_health_check=_SLOW)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")


_desk.configure()


#: Names of tests go to every worker and back: one made of a large body costs gigabytes.
_LONGEST_NAME = 1_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test whose name was made of something large."""
    for each in items:
        if len(each.nodeid) > _LONGEST_NAME:
            raise pytest.UsageError(f"Give an id to the parameters of {each.nodeid[:120]}…")


@pytest.fixture(scope="session")
def desk() -> Iterator[None]:
    """The database of the desk, running."""
    _desk.start()
    yield
    _desk.stop()


@pytest.fixture
def enterprise(desk: None) -> UUID:
    """An enterprise that nobody else knows."""
    from entrepot.people.models import Enterprise

    return Enterprise.objects.create().id


@pytest.fixture(scope="session")
def demo_enterprise(desk: None) -> UUID:
    """The enterprise of the demo, which is there once in a database."""
    from entrepot.site.demo.making import make_demo
    from tests.demo import SEASON, hide_login

    made = make_demo(SEASON)
    hide_login()
    return made.enterprise


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Each engine in turn, with a folder of its own to spill to."""
    with open_engine(request.param, tmp_path / "spill") as opened:
        yield opened


@pytest.fixture(scope="session")
def spark_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The one Spark session of a run of tests."""
    need_spark()
    with started(tmp_path_factory.mktemp("spark")) as session:
        yield session


@pytest.fixture
def spark(spark_session: SparkSession, tmp_path: Path) -> Iterator[Spark]:
    """The Spark engine on that session, with a folder of its own."""
    from entrepot.engine.spark.engine import Spark

    scratch = tmp_path / "spark"
    scratch.mkdir()
    engine = Spark(scratch, session=spark_session)
    yield engine
    engine.close()


@pytest.fixture(autouse=True)
def no_width_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed must not depend on how wide the terminal of the tests is."""
    monkeypatch.delenv("COLUMNS", raising=False)
