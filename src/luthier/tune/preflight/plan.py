"""Whether the run's settings suit the model and the amount of data."""

from __future__ import annotations

from luthier.tune.batching import plan
from luthier.tune.preflight.check import Check, Material, State
from luthier.tune.settings import usual_rates


def plan_checks(material: Material) -> list[Check]:
    """Learning rate, steps, epochs, batch size."""
    return [_learning_rate(material), _steps(material), _epochs(material), _batch(material)]


def _learning_rate(material: Material) -> Check:
    settings = material.settings
    low, high = usual_rates(material.base, settings.method, settings.lora_plus_ratio)
    rate, factor = settings.learning_rate, material.limits.max_learning_rate_factor
    state: State = "refuse" if rate > factor * high else "ok" if low <= rate <= high else "warn"
    usual = f"{low:g} to {high:g}, usual for {material.base.name} under {settings.method}"
    if rate > high:
        what = f"the learning rate {rate:g} is {rate / high:.3g} times the upper end of {usual}"
    elif rate < low:
        what = f"the learning rate {rate:g} is below {usual}: the model may hardly move"
    else:
        what = f"the learning rate {rate:g} lies in {usual}"
    return Check(
        name="learning rate",
        state=state,
        what=what,
        figure=rate,
        limit=factor * high,
        setting="tune.preflight.max_learning_rate_factor",
        fix=f"Set tune.learning_rate between {low:g} and {high:g}, or leave it out" if state != "ok" else None,
        detail={"low": low, "high": high},
    )


def _steps(material: Material) -> Check:
    settings, least = material.settings, material.limits.min_steps
    steps = len(plan(material.encoded.items, settings.epochs, settings.batch_size, settings.seed))
    state: State = "refuse" if not steps else "warn" if steps < least else "ok"
    return Check(
        name="optimiser steps",
        state=state,
        what=f"{steps} optimiser steps, {round(settings.warmup * steps)} of them warm-up"
        + (f": fewer than {least}, the model hardly moves" if steps < least else ""),
        figure=steps,
        limit=least,
        setting="tune.preflight.min_steps",
        fix="Lower tune.batch_size, raise tune.epochs, or collect more examples" if state != "ok" else None,
    )


def _epochs(material: Material) -> Check:
    task, most = max(material.settings.epochs.items(), key=lambda one: one[1])
    limit = material.limits.max_epochs
    return Check(
        name="epochs",
        state="warn" if most > limit else "ok",
        what=f"up to {most:g} passes over the examples of '{task}'"
        + (f": above {limit:g} a model learns them by heart" if most > limit else ""),
        figure=most,
        limit=limit,
        setting="tune.preflight.max_epochs",
        fix="Lower tune.epochs, and watch the dev figures" if most > limit else None,
    )


def _batch(material: Material) -> Check:
    size, count = material.settings.batch_size, len(material.encoded.items)
    return Check(
        name="batch size",
        state="warn" if size > count else "ok",
        what=f"{size} examples a step, of {count}" + (": each epoch is a single step" if size > count else ""),
        figure=size,
        limit=count,
        fix="Lower tune.batch_size" if size > count else None,
    )
