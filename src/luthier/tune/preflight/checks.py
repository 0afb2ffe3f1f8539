"""Every check that needs no model: of the data, of the template, of the plan."""

from __future__ import annotations

from collections.abc import Sequence

from luthier.progress import say
from luthier.tune.preflight.check import Check, Material, refuse
from luthier.tune.preflight.data import among_examples
from luthier.tune.preflight.lengths import length_checks
from luthier.tune.preflight.memory import weights_check
from luthier.tune.preflight.plan import plan_checks
from luthier.tune.preflight.template import template_checks


def data_checks(material: Material) -> list[Check]:
    """The checks in the order in which a mistake hides the ones after it."""
    return [
        *among_examples(material),
        *length_checks(material),
        *template_checks(material),
        *plan_checks(material),
        weights_check(material.base, material.settings, material.limits.max_memory_share),
    ]


def allowed_to_start(material: Material) -> list[Check]:
    """`data_checks`, after saying what they warn of. Raises `RefusedError` where one refuses the run."""
    checks = data_checks(material)
    say_findings(checks)
    refuse(checks)
    return checks


def say_findings(checks: Sequence[Check]) -> None:
    """How many checks are fine, and a line for each that is not."""
    say(f"Preflight: {sum(check.state == 'ok' for check in checks)} of {len(checks)} checks are fine")
    for check in checks:
        if check.state != "ok":
            say(f"  {check.state}: {check.name}: {check.what}. {check.fix}")
