"""Every test of the report starts from a small project, as the earlier stages would have left it."""

from __future__ import annotations

import pytest
from report_project import Project, small_project


@pytest.fixture
def project() -> Project:
    return small_project()
