"""Settings of the rule that looks for wrong labels."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from luthier.config.section import Settings, Share


class WrongLabels(Settings):
    """A label is doubted when a cheap classifier that has not seen the example is sure of another one."""

    folds: Annotated[int, Field(ge=2)] = 5
    """Each example is judged by a classifier trained on the other folds; whole groups share a fold. Five folds leave
    80% to train on, at five fits."""
    features: Literal["words", "embeddings"] = "words"
    """`words`: TF-IDF of words and word pairs, no model needed. `embeddings`: MiniLM, where it is installed."""
    regularisation: PositiveFloat = 10.0
    """C of the logistic regression. Its probabilities must be sharp enough to be believed: TF-IDF features are short
    vectors, and a C of 1 leaves every label's probability near the others'."""
    min_margin: Share = 0.2
    """The suggested label's probability must exceed the given one's by this much. Confident learning alone also lists
    close calls between neighbouring labels, which are the classifier's mistakes more often than a person's: with 5%
    planted errors on 20 BANKING77 intents, 0.2 took precision from .76 to .81 and recall from .79 to .77."""
    max_flagged: Share = 0.15
    """The largest share of a task's examples put before people, the surest first: a rule that doubts more than this
    says that the task is hard for it, not that the labels are wrong."""
    min_skill: Share = 0.8
    """Area under the ROC curve, out of fold, that the classifier must reach on a label before it may doubt who carries
    that label. Near .5 it guesses, and its doubts are noise; 5% wrong labels lower a perfect classifier's by about
    .05."""
    min_examples: PositiveInt = 100
    """Tasks with fewer labelled examples are left alone: cross-validated probabilities mean little there."""
    min_per_label: PositiveInt = 5
    """A label seen less often is not judged, since some folds would never have seen it."""
