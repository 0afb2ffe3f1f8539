"""The training loop: `transformers.Trainer`, given steps that are already packed.

One element of the dataset is one optimiser step, so the Trainer's own bookkeeping (schedule, checkpoints, skipping what
a killed run had done) counts in the unit that matters. Checkpoints hold what tuning changes and nothing else.

What can go wrong is met in the files beside this one: memory that does not do (`memory_fallback`), a loss that no step
should follow (`rollback`), a checkpoint that is not what was written (`checkpoints`), a full disk (`disk_space`).
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import SequentialSampler
from transformers import Trainer, TrainerState
from transformers.trainer_callback import PrinterCallback

from luthier.chat_template import ChatTemplate
from luthier.inference.row_inputs import takes_packed_rows
from luthier.inference.specialist import SpecialistModel
from luthier.progress import say
from luthier.store.artefacts import write_whole
from luthier.tune.batching import Step
from luthier.tune.checkpoints import (
    KEPT,
    PROGRESS,
    all_checkpoints,
    at_step,
    newest_checkpoint,
    progress_of,
    read_weights,
    refuse_damaged,
    seal,
    silent_about_file_times,
    tidy,
    write_weights,
)
from luthier.tune.disk_space import refuse_without_room, stops_when_full
from luthier.tune.early_stopping import DevScoring, EarlyStopping
from luthier.tune.live_log import LiveLog, as_logged, dev_figures
from luthier.tune.memory_fallback import (
    RowSize,
    free_memory,
    memory_error,
    random_state_now,
    set_random_state,
    with_less_memory,
)
from luthier.tune.mixing import Factor
from luthier.tune.optimiser import optimizer_bytes, optimizer_for
from luthier.tune.rollback import LossWatch, Rollbacks, Unstable, set_rates
from luthier.tune.row_loss import row_losses
from luthier.tune.settings import Resolved
from luthier.tune.steps import Steps
from luthier.tune.trackers import NO_TRACKERS, RunArguments, Trackers
from luthier.tune.trial import OnDev

LOG_EVERY_STEPS = 5


class SpecialistTrainer(Trainer):
    """Runs planned steps, and goes on after what can be mended.

    Args:
        folder: the run's work folder: its checkpoints, and what it found out on the way.
        checkpoint_every: steps between checkpoints; one is written before the first step, and one after the last.
        scoring: when and on what dev is scored, `template` being what its answers are read with; None: never.
        on_dev: told of each scoring; see `Trial`.
    """

    def __init__(
        self,
        module: SpecialistModel,
        steps: Steps,
        settings: Resolved,
        folder: Path,
        checkpoint_every: int,
        *,
        scoring: DevScoring | None = None,
        template: ChatTemplate | None = None,
        trackers: Trackers = NO_TRACKERS,
        on_dev: OnDev | None = None,
    ) -> None:
        self.module, self.steps, self.settings, self.folder, self.trackers = module, steps, settings, folder, trackers
        self.scoring, self.template, self.on_dev = scoring, template, on_dev
        steps.share_prefix = takes_packed_rows(module.model, steps.longest)
        self.rows = RowSize(folder, steps.row_tokens)
        self.rollbacks = Rollbacks(folder)
        self.watch = LossWatch()
        self.early = scoring.stopping() if scoring else EarlyStopping(None, 0.0)
        self.tokens_done = self.target_tokens_done = 0
        self.dev_seconds = 0.0
        self._started, self._seconds_before, self._spent = time.monotonic(), 0.0, 0.0
        self._left_out = self._logged_at = 0
        self._repack = False
        self._said: str | None = None
        arguments = RunArguments(
            output_dir=str(folder),
            per_device_train_batch_size=1,
            num_train_epochs=1,
            learning_rate=settings.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=round(settings.warmup * len(steps)),
            weight_decay=settings.weight_decay,
            max_grad_norm=settings.max_gradient_norm,
            save_strategy="steps",
            save_steps=checkpoint_every,
            logging_steps=LOG_EVERY_STEPS,
            logging_first_step=True,
            logging_nan_inf_filter=False,  # an undefined loss must be seen, not averaged away
            seed=settings.seed,
            use_cpu=settings.device == "cpu",
            remove_unused_columns=False,
            disable_tqdm=True,
            **trackers.arguments(),
        )
        arguments.shown = trackers.settings or None
        with trackers.environment():
            super().__init__(model=module, args=arguments, train_dataset=steps, data_collator=_only)
        self.remove_callback(PrinterCallback)
        self.live = LiveLog(folder, len(steps))
        self.add_callback(self.live)

    def train(self, resume_from_checkpoint: str | None = None, **keywords: Any) -> None:  # type: ignore[override]
        """Runs the steps that are left, from a checkpoint or the beginning, and takes the best weights in the end.

        Raises `RefusedError` where training does not become stable, and where memory does not do for one example;
        `LuthierError` where the disk is full.
        """
        checkpoint = Path(resume_from_checkpoint) if resume_from_checkpoint else None
        refuse_without_room(self.folder, self.bytes_needed)
        full = stops_when_full(self.folder, self.bytes_needed, "the last checkpoint is whole")
        try:
            with self.trackers.environment(), silent_about_file_times(), full:
                while not self._runs_through(checkpoint):
                    checkpoint = newest_checkpoint(self.folder)
        finally:
            self.live.close()
        if self.early.better_than_last is not None:
            say(f"Step {self.taken_from} did best on dev: its weights are taken")
            refuse_damaged(at_step(self.folder, self.taken_from))
            read_weights(at_step(self.folder, self.taken_from), self.module.state())

    def _runs_through(self, checkpoint: Path | None) -> bool:
        """Trains from a checkpoint to the end; False where it went wrong and is to go on from the newest one left."""
        self.steps.row_tokens = self.rows.row_tokens
        self._recompute_if_asked()
        if checkpoint is not None and self._was_over(checkpoint):
            return True
        try:
            super().train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        except (RuntimeError, MemoryError) as error:  # outside a step's rows, such as in the optimiser's first
            self._said = memory_error(error)
            if self._said is None:
                raise
        except Unstable as fault:
            self._spent = self.seconds
            examples = [member for step in fault.steps for member in self.steps.members(step)]
            self.rollbacks.go_back(fault, self.settings.learning_rate, examples)
            self.live.tell({"event": "rollback", **self.rollbacks.events[-1]})
            self.module.zero_grad(set_to_none=True)
            return False
        else:
            return True
        self._spent = self.seconds
        number = min(self.state.global_step, len(self.steps) - 1)
        self._make_smaller(number, self.steps[number])
        return False

    def _was_over(self, checkpoint: Path) -> bool:
        """Whether a run had been ended early when this checkpoint was written; its weights and log are taken then."""
        self.early.restore(progress_of(checkpoint)["dev"])
        if not self.early.is_over:
            return False
        self._load_from_checkpoint(str(checkpoint))
        self.state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
        return True

    def create_optimizer(self, *_: Any) -> torch.optim.Optimizer:
        """AdamW with the rates that method and label heads ask for."""
        self.optimizer = optimizer_for(self.module, self.settings)
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """As the Trainer does, from lower rates where a rollback made them so."""
        assert self.optimizer is not None
        for group in self.optimizer.param_groups:
            group["lr"] *= self.rollbacks.factor
        return super().create_scheduler(num_training_steps, optimizer)

    def training_step(self, model: nn.Module, inputs: Step, num_items_in_batch: Any = None) -> Tensor:  # type: ignore[override]
        """Losses and gradients of one step, a row at a time; the divisors are the whole step's."""
        model.train()
        number = self.state.global_step
        if number in self.rollbacks.skipped:
            self._left_out += 1
            return torch.zeros((), device=self.args.device)
        if self._repack:  # it was packed before rows became smaller
            inputs, self._repack = self.steps[number], False
        random_state = random_state_now()
        total = self._gradients(inputs)
        while total is None:
            self._make_smaller(number, inputs)
            inputs = self.steps[number]
            set_random_state(random_state)
            total = self._gradients(inputs)
        self.watch.see(number, total.item())
        self.tokens_done += inputs.tokens
        self.target_tokens_done += inputs.target_tokens
        return total

    def _gradients(self, step: Step) -> Tensor | None:
        """The loss of a step, its gradients added to the weights'; None where memory did not do."""
        total = torch.zeros((), device=self.args.device)
        try:
            for row in step.rows:
                words, heads = row_losses(self.module, row)
                factor = self.steps.factors.get(row.task, Factor())
                words, heads = factor.words * words, factor.heads * heads
                loss = words / max(1, step.target_tokens) + heads / max(1, step.head_items)
                self.accelerator.backward(loss)
                total += loss.detach()
        except (RuntimeError, MemoryError) as error:
            self._said = memory_error(error)
            if self._said is None:
                raise
            return None
        return total

    def _make_smaller(self, number: int, step: Step) -> None:
        """Clean gradients, free memory, and smaller rows from here on."""
        self.module.zero_grad(set_to_none=True)
        free_memory()
        longest = max(row.tokens for row in step.rows)
        divided = len(step.rows) >= len(self.steps.members(number))
        self.rows.shrink(number, longest, one_example_a_row=divided, said=self._said or "")
        self.live.tell({"event": "memory", **self.rows.events[-1]})
        self.steps.row_tokens, self._repack = self.rows.row_tokens, True
        self._recompute_if_asked()

    def _recompute_if_asked(self) -> None:
        if self.rows.recompute:
            self.module.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})

    def _clip_grad_norm(self, model: nn.Module) -> Any:
        """As the Trainer does. Raises `Unstable` before the weights change by a gradient that is undefined."""
        norm = super()._clip_grad_norm(model)  # type: ignore[no-untyped-call]
        if not math.isfinite(float(norm)):
            raise Unstable([self.state.global_step], f"the length of the gradient is {float(norm)}")
        return norm

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Adds the seconds of the whole run, killed parts included, to each line of the history.

        Steps that were left out have no loss, and do not count in the mean.
        """
        if "loss" in logs:
            steps = self.state.global_step - self._logged_at
            if self._left_out == steps:
                del logs["loss"]
            elif self._left_out:
                logs["loss"] *= steps / (steps - self._left_out)
            self._left_out, self._logged_at = 0, self.state.global_step
        spent = {"tokens": float(self.tokens_done), "target_tokens": float(self.target_tokens_done)}
        super().log({**logs, "seconds": self.seconds, **spent}, start_time)

    @property
    def taken_from(self) -> int:
        """The step whose weights the run ends with."""
        best = self.early.better_than_last
        return self.state.global_step if best is None else best

    def dev_figures_taken(self) -> dict[str, dict[str, float]]:
        """Task -> metric -> value on the scored part of dev at that step, where it was scored."""
        lines = [line for line in self.state.log_history if line["step"] == self.taken_from]
        return {task: own for line in lines for task, own in dev_figures(line).items()}

    @property
    def seconds(self) -> float:
        """Of the whole run, killed parts included."""
        return self._seconds_before + time.monotonic() - self._started

    @property
    def bytes_of_result(self) -> int:
        """What the trained weights are on disk."""
        return sum(weight.numel() * weight.element_size() for weight in self.module.state().values())

    @property
    def bytes_needed(self) -> int:
        """What the run will write at most: the checkpoints that are held at once, and its result."""
        optimizer = optimizer_bytes(self.module.trainable().values())
        held = KEPT + 1 + (2 if self.scoring else 0)  # one is being written; the best ones are kept besides
        have = sum(file.stat().st_size for path in all_checkpoints(self.folder) for file in path.iterdir())
        return max(0, held * (self.bytes_of_result + optimizer) - have) + self.bytes_of_result

    def get_train_dataloader(self) -> torch.utils.data.DataLoader[Step]:
        """The steps in their planned order."""
        sampler = SequentialSampler(self.steps)
        return torch.utils.data.DataLoader(self.steps, batch_size=1, sampler=sampler, collate_fn=_only)

    def _get_num_items_in_batch(self, *_: Any) -> None:
        """Nothing: a step carries its own counts."""

    def floating_point_ops(self, *_: Any) -> int:
        """Not counted: the Trainer's rule is for rows that share nothing."""
        return 0

    def _prepare_for_training(self, *how: Any) -> Any:
        """As the Trainer does; then the state before the first step is a checkpoint, so that there is a way back."""
        self._left_out, self._logged_at = 0, self.state.global_step
        prepared = super()._prepare_for_training(*how)  # type: ignore[no-untyped-call]
        if self.state.global_step == 0 and not at_step(self.folder, 0).exists():
            self._save_checkpoint(self.module, None)
        return prepared

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        """A checkpoint, sealed. Dev is scored first where it is due, so that the checkpoint knows its own figures.

        Raises `Unstable` where a weight is undefined: there would be no way back from it.
        """
        step = self.state.global_step
        for weight in self.module.trainable().values():
            if not math.isfinite(weight.detach().sum().item()):
                raise Unstable([max(0, step - 1)], "a weight is undefined")
        if self.scoring and step in self.scoring.at and step not in dict(self.early.history):
            self._score_dev(self.scoring)
        checkpoint = at_step(self.folder, step)
        shutil.rmtree(checkpoint, ignore_errors=True)
        try:
            super()._save_checkpoint(model, trial)
            write_whole(checkpoint / PROGRESS, json.dumps(self._progress()))
            seal(checkpoint)
        except Exception:
            shutil.rmtree(checkpoint, ignore_errors=True)  # half a checkpoint on a full disk is in the way
            raise
        tidy(self.folder, self.early.best_until)

    def _score_dev(self, scoring: DevScoring) -> None:
        """Dev's figures as the model is now; says stop where patience has run out."""
        assert self.template is not None
        started = time.monotonic()
        score = partial(scoring.score, self.module, self.template, self.rows.row_tokens)
        figures = with_less_memory("scoring dev", score)
        self.dev_seconds += time.monotonic() - started
        mean = self.early.add(self.state.global_step, figures)
        self.log(as_logged(figures))
        if self.on_dev is not None:
            self.on_dev(self.state.global_step / self.state.max_steps, mean)
        if self.early.is_over and self.state.global_step < self.state.max_steps:
            say(f"{self.early.patience} scorings of dev brought nothing: tuning ends at step {self.state.global_step}")
            self.control.should_training_stop = True

    def _progress(self) -> dict[str, Any]:
        """What a checkpoint keeps beside what the Trainer writes."""
        return {
            "seconds": self.seconds,
            "tokens": self.tokens_done,
            "target_tokens": self.target_tokens_done,
            "dev_seconds": self.dev_seconds,
            "dev": self.early.state(),
            "watch": self.watch.state(),
        }

    def _save(self, output_dir: str | None = None, state_dict: Mapping[str, Any] | None = None) -> None:
        write_weights(Path(output_dir or self.folder), self.module.state())

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: nn.Module | None = None) -> None:
        read_weights(Path(resume_from_checkpoint), self.module.state())
        held = progress_of(Path(resume_from_checkpoint))
        self._seconds_before, self._started = max(held["seconds"], self._spent), time.monotonic()
        self.tokens_done, self.target_tokens_done = held["tokens"], held["target_tokens"]
        self.dev_seconds = held["dev_seconds"]
        self.early.restore(held["dev"])
        self.watch.restore(held["watch"])

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        """As the Trainer does; then the learning rate is this run's, which a rollback may have lowered since."""
        rates = list(self.lr_scheduler.base_lrs)  # type: ignore[union-attr]
        super()._load_optimizer_and_scheduler(checkpoint)
        set_rates(self.optimizer, self.lr_scheduler, rates)


def _only(steps: list[Any]) -> Any:
    (step,) = steps
    return step
