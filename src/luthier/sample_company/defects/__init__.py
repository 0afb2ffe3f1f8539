"""Firms with defects planted in their papers and examples, and traps that only look like defects.

Each is recorded in `truth.jsonl`. There are two sets of wordings, kinds of paper and traps: `development`, which
whoever writes a rule may look at, and `held_out`, which the rule is scored on.
"""

from luthier.sample_company.defects.files import generate
from luthier.sample_company.defects.phrasings import SETS
from luthier.sample_company.defects.truth import DEFECTS, TRAPS, Planted

__all__ = ["DEFECTS", "SETS", "TRAPS", "Planted", "generate"]
