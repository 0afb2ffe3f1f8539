"""Whether a run may start: what would be cut, masked, leaked, mistaught or not fit, each with its limit and its fix.

`preflight` looks at the data, the template and the plan before a model is loaded; `tune` always calls it first.
"""

from luthier.tune.preflight.check import Check, Material, State
from luthier.tune.preflight.checks import allowed_to_start, data_checks, say_findings
from luthier.tune.preflight.preview import Preview, previews

__all__ = ["Check", "Material", "Preview", "State", "allowed_to_start", "data_checks", "previews", "say_findings"]
