"""How much each task counts in the loss, where `tune.mixing` says so.

Without it a step's loss is the mean over its target tokens plus the mean over its label heads' examples. A task then
counts by how many tokens its answers have and how many examples there are of it, which nobody chose.

With weights w, normalised to a sum of 1, a task's share of the run's loss is w. Let task t have N_t of the run's N
target tokens and M_t of its M examples with a label head, each counted as often as the run's plan takes it, and let S
be the loss's terms (2 where both words and label heads are trained, else 1), S_t those of the task. Its words' losses
are multiplied by

    S w_t / S_t × N / N_t          and its label head's by          S w_t / S_t × M / M_t

before they are divided by the step's own counts. The factors are constants of the run: a step that happens to hold one
example of a small task does not blow it up, as dividing by each task's own count in each step would. The whole loss
keeps its size, so learning rates and the limit of the gradient's norm keep their meaning. No example is left out or
repeated; how often a task is seen is `tune.task_epochs`, and the factors take that into account.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from luthier.tune.batching import Item


@dataclass(frozen=True, slots=True)
class Factor:
    """What a task's losses are multiplied by."""

    words: float = 1.0
    heads: float = 1.0


def loss_factors(
    items: Sequence[Item], plan: Sequence[Sequence[int]], shares: Mapping[str, float]
) -> dict[str, Factor]:
    """Each task's factors: all 1 where there are no `shares`.

    Args:
        plan: the item numbers of every step of the run.
        shares: task -> its share of the loss, positive; of tasks that the run has, they need not sum to 1.
    """
    if not shares:
        return {item.task: Factor() for item in items}
    tokens: Counter[str] = Counter()
    answers: Counter[str] = Counter()
    for item in (items[number] for step in plan for number in step):
        tokens[item.task] += len(item.target)
        answers[item.task] += item.labels is not None
    tasks = set(tokens | answers)
    whole = sum(shares[task] for task in tasks)
    terms = (tokens.total() > 0) + (answers.total() > 0)
    return {
        task: _factor(
            terms * shares[task] / whole / ((tokens[task] > 0) + (answers[task] > 0)),
            tokens.total() / max(1, tokens[task]),
            answers.total() / max(1, answers[task]),
        )
        for task in tasks
    }


def _factor(weight: float, words: float, heads: float) -> Factor:
    """A task's weight in each of its terms, times how much rarer it is than the term's whole."""
    return Factor(weight * words, weight * heads)
