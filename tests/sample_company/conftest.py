import shutil

import pytest
from firm import firm


@pytest.fixture(scope="session", autouse=True)
def _remove_the_firm():
    yield
    if firm.cache_info().currsize:
        shutil.rmtree(firm()[0])
