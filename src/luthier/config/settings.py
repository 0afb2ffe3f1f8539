"""The sections of `luthier.yaml`, each a model.

A setting's docstring says what it does and why its default is what it is.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator
from pydantic_core import PydanticCustomError

from luthier.config.cross_checks import CROSS_CHECK, cross_checks
from luthier.config.curation.boilerplate import Boilerplate
from luthier.config.curation.canonical import Canonical
from luthier.config.curation.contradictions import Contradictions
from luthier.config.curation.coverage import Coverage
from luthier.config.curation.duplicates import Duplicates, Leakage
from luthier.config.curation.expiry import Expiry
from luthier.config.curation.glossary import Glossary
from luthier.config.curation.normalise import Normalise
from luthier.config.curation.privacy import PRIVATE_BY_DEFAULT, Privacy
from luthier.config.curation.quality import Quality
from luthier.config.curation.readiness import Readiness
from luthier.config.curation.relevance import Relevance
from luthier.config.curation.wrong_labels import WrongLabels
from luthier.config.pretraining import FROM_SCRATCH, Scratch
from luthier.config.section import Name, Settings, Share
from luthier.config.sweeping import LearningCurve, Sweep
from luthier.config.tuning import Tune
from luthier.records import Origin, Split


class Fields(Settings):
    """Which columns of a tabular source mean what."""

    inputs: dict[Name, str] = {}
    """Task input name -> column."""
    target: str | None = None
    """The column that holds the right answer: a text, or labels."""
    label_separator: str = ";"
    """What stands between several labels in one target cell. JSON and Parquet lists need none."""
    id: str | None = None
    """A column that names rows for good; without it a record is named by its file and row."""
    text: str | None = None
    """For documents in a table: the column with the text."""
    title: str | None = None
    group: str | None = None
    """Whose the row is (client, customer). Rows of one group never fall on both sides of a split; without it every
    row is its own group."""
    family: str | None = None
    """The form or phrasing family a row was written in; evaluation splits take whole families."""
    effective_date: str | None = None
    expiry_date: str | None = None
    documents: str | None = None
    """For examples: the column that names the documents an example rests on, by id, title or file; several are
    separated as labels are. They keep an example and a test that rest on one paper apart."""
    profile: dict[Name, str] = {}
    """Profile name (segment, region, …) -> column."""
    alternatives: list[str] = []
    """Columns with other right answers, written independently. They measure how far two right answers agree (the
    ceiling of ROUGE) and never teach."""


class Source(Settings):
    """Records that come in together and are read in one way: files, or what a query finds in a database."""

    name: Name
    path: str | None = None
    """A file, a folder, or a glob with `**`, relative to the project. Every format but `sql` needs it."""
    format: Literal[
        "auto",
        "csv",
        "jsonl",
        "parquet",
        "xlsx",
        "text",
        "markdown",
        "html",
        "pdf",
        "docx",
        "pptx",
        "eml",
        "mbox",
        "transcript",
        "zip",
        "sql",
    ] = "auto"
    """`auto` goes by the file's ending. Files in archives and attached to messages always go by theirs."""
    task: Name | None = None
    """The task these rows are examples of; without it they are documents."""
    fields: Fields = Fields()
    encoding: str = "utf-8"
    """Of text files. A file that is not in this encoding is refused by name, not guessed at."""
    sheet: str | None = None
    """Of workbooks: the one sheet to read. Without it every sheet that is not hidden is read."""
    header_row: PositiveInt | None = None
    """Of workbooks: the row of the sheet that names the columns, where notes stand above it. None: the first row that
    holds anything."""
    ocr: bool = False
    """Whether PDF pages that are pictures are read by text recognition. Off by default: it takes seconds a page, makes
    mistakes, and needs `luthier[ocr]` and the program tesseract."""
    ocr_languages: str = "eng"
    """tesseract's codes of the languages on such pages, such as `deu+fra`."""
    url: str | None = None
    """Of `sql`: the database as SQLAlchemy writes it. `${NAME}` stands for an environment variable, so that no
    password is in this file; one written out is a mistake."""
    query: str | None = None
    """Of `sql`: one SELECT (or WITH … SELECT). Give it an ORDER BY, or set `fields.id`, so that rows keep their ids."""
    split: Split | None = None
    """Puts the whole source into one split, as a published benchmark's own test file asks for."""
    origin: Origin = "expert"
    """Who wrote the targets."""


class GenerateTask(Settings):
    """A task whose answer is a text, such as a summary."""

    kind: Literal["generate"]
    instruction: str
    """What the model is told to do, the same words for every example."""
    inputs: dict[Name, str]
    """Input name -> the heading it is shown under. An empty heading shows the bare text."""
    max_target_tokens: PositiveInt = 256
    """A longer target is counted and, above `tune.max_truncated`, refused; generation stops here."""
    lead_from: Name | None = None
    """The input whose opening sentences are the cheap summary to beat; the first input by default."""


class ClassifyTask(Settings):
    """A task whose answer is one label, or a set of labels."""

    kind: Literal["classify"]
    instruction: str
    inputs: dict[Name, str]
    labels: dict[str, str] = {}
    """Label -> what it means, shown to models that are asked in words. Empty: the labels seen in training."""
    multi_label: bool = False
    """Whether an item may carry several labels, or none."""
    none_label: str = "none"
    """What a model writes when a multi-label item carries no label."""


Task = Annotated[GenerateTask | ClassifyTask, Field(discriminator="kind")]


class Remove(Settings):
    """Whose proposals to remove a record are carried out. The others' stay in the findings, as flags: every proposal is
    a rule's opinion, and one record or one reason at a time can also be decided by `luthier curate --remove`."""

    duplicates: bool = True
    """A record that repeats another teaches nothing new, and counts double."""
    leakage: bool = True
    """Whoever learns from what gives a measured example away has seen the test."""
    expiry: bool = False
    """Outdated documents: an archive may be meant to hold them, so a person says so first."""
    quality: bool = False
    """Documents unfit to learn from."""


_FLAGGED = Privacy.model_validate(dict.fromkeys(PRIVATE_BY_DEFAULT, "flag"))


class Curate(Settings):
    """What is done to records before anything learns from them. Each rule takes its settings; `false`, or nothing
    after its name, turns it off.

    Out of the box writing is normalised, recurring passages are cut from documents, duplicates and leaks are removed,
    and everything else is said and left: no other rule takes a record away or changes what an example says.
    """

    normalise: Normalise | None = Normalise()
    glossary: Glossary | None = Glossary()
    """Does nothing without terms."""
    canonical: Canonical | None = Canonical()
    boilerplate: Boilerplate | None = Boilerplate()
    quality: Quality | None = Quality()
    relevance: Relevance | None = Relevance()
    privacy: Privacy | None = _FLAGGED
    """Left out, private data are flagged and nothing is replaced: who the client is may be what a task is about. Once
    this section is written, even empty (`{}`), its own defaults hold, which mask or replace."""
    duplicates: Duplicates | None = Duplicates()
    leakage: Leakage | None = Leakage()
    expiry: Expiry | None = Expiry()
    contradictions: Contradictions | None = Contradictions()
    wrong_labels: WrongLabels | None = WrongLabels()
    coverage: Coverage | None = Coverage()
    readiness: Readiness | None = Readiness()
    remove: Remove = Remove()
    workers: PositiveInt | None = None
    """Processes that records are read and judged on. None: as many as there are cores, and one where there are few
    records. What comes out does not depend on it."""

    @model_validator(mode="before")
    @classmethod
    def _rules_are_switched(cls, values: Any) -> Any:
        """`rule: false` is no rule, `rule: true` its defaults."""
        if not isinstance(values, dict):
            return values
        rules = cls.model_fields.keys() - {"remove", "workers"}
        switched = {name: None if value is False and name in rules else value for name, value in values.items()}
        return {name: value for name, value in switched.items() if value is not True or name not in rules}


class Splits(Settings):
    """Shares of the groups. `test` stays sealed; `pool` is what later rounds predict on and learn from."""

    train: Share = 0.70
    pool: Share = 0.0
    dev: Share = 0.10
    calibration: Share = 0.0
    test: Share = 0.20

    @model_validator(mode="after")
    def _shares_add_up(self) -> Splits:
        total = self.train + self.pool + self.dev + self.calibration + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares add up to {total:g}, not to 1")
        return self


class FewShot(Settings):
    """The generic model with worked examples in its prompt. Every k is tried on dev and the best is measured."""

    k: list[PositiveInt] = [2, 4, 8]
    dev_items: PositiveInt = 60
    """Dev examples each k is tried on."""


SystemName = Literal["zero_shot", "few_shot", "classical", "tuned"]
UNPROMPTED: tuple[SystemName, ...] = ("classical", "tuned")
"""The systems that do not ask the generic model."""


class Target(Settings):
    """A figure to reach, written down before tuning."""

    task: Name
    metric: str
    at_least: float | None = None
    at_most: float | None = None
    system: SystemName = "tuned"

    @model_validator(mode="after")
    def _one_bound(self) -> Target:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give exactly one of at_least and at_most")
        return self


class Evaluate(Settings):
    """What is measured, on which items, against what."""

    systems: list[SystemName] = ["zero_shot", "few_shot", "classical", "tuned"]
    few_shot: FewShot = FewShot()
    max_items: dict[SystemName, PositiveInt] = {}
    """System -> the most items a task it answers, drawn at random; comparisons then use those items only."""
    targets: list[Target] = []
    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    draws: PositiveInt = 2000
    """Bootstrap draws behind every interval that has no closed form."""


class Report(Settings):
    """What the report shows besides the figures."""

    side_by_side: PositiveInt = 20
    notice: str | None = None
    """Shown on every page: what the reader must know of the data, such as that it is generated."""
    currency: str = "EUR"
    hourly_rate: Annotated[float, Field(ge=0)] = 0.0
    """What an hour of this machine costs, for the cost line. 0 leaves money out."""


class Config(Settings):
    """The whole of `luthier.yaml`."""

    name: str
    """The organisation or project, as the report shows it."""
    base_model: str = "smollm2-135m"
    """A catalogue name, a hub id, a local folder, or `scratch`: a small model made here, which never met other data."""
    scratch: Scratch | None = None
    """The shape of a model from scratch. None: the defaults, where `base_model` asks for one."""
    seed: NonNegativeInt = 17
    tasks: dict[Name, Task]
    sources: list[Source]
    curate: Curate = Curate()
    split: Splits = Splits()
    tune: Tune = Tune()
    sweep: Sweep = Sweep()
    learning_curve: LearningCurve = LearningCurve()
    evaluate: Evaluate = Evaluate()
    report: Report = Report()

    @model_validator(mode="before")
    @classmethod
    def _no_generic_model_from_scratch(cls, values: Any) -> Any:
        """A model from scratch has no generic self to ask, so the systems that ask it are left out by default."""
        if not isinstance(values, dict) or values.get("base_model") != FROM_SCRATCH:
            return values
        evaluate = values.get("evaluate") or {}
        if not isinstance(evaluate, dict) or evaluate.get("systems") is not None:
            return values
        return {**values, "evaluate": {**evaluate, "systems": list(UNPROMPTED)}}

    @model_validator(mode="after")
    def _sections_agree(self) -> Config:
        for disagreement in cross_checks(self.model_dump()):
            raise PydanticCustomError(CROSS_CHECK, "{what}", {"what": disagreement.what})
        return self
