"""A miniature project: every kind of input and both kinds of task, small enough for a tiny model and a few seconds."""

from __future__ import annotations

import json
from pathlib import Path

SETTINGS = """\
name: Miniature
base_model: smollm2-135m
tasks:
  topic:
    kind: classify
    multi_label: true
    instruction: Name the topics of the message.
    inputs: {message: Message}
  summary:
    kind: generate
    instruction: Sum it up in one sentence.
    inputs: {note: Note}
    max_target_tokens: 48
sources:
  - name: messages
    path: data/messages.csv
    task: topic
    fields:
      inputs: {message: text}
      target: topics
      group: client
      profile: {region: region}
  - name: notes
    path: data/notes.jsonl
    task: summary
    fields:
      id: id
      inputs: {note: note}
      target: summary
      alternatives: [other_summary]
      group: client
  - name: letters
    path: data/letters
split: {train: 0.6, dev: 0.2, test: 0.2}
curate: {duplicates: {near: {threshold: 0.95}}, leakage: {near: {threshold: 0.95}}}
tune: {epochs: 2, batch_size: 4, checkpoints_per_epoch: 4, learning_rate: 2.0e-3, lora: {rank: 4, alpha: 8}}
evaluate:
  few_shot: {k: [1, 2], dev_items: 4}
  draws: 200
  targets:
    - {task: topic, metric: f1_macro, at_least: 0.99}
    - {task: summary, metric: rougeL, at_least: 0.01}
"""
TOPICS = {"card": "my card was declined at the", "transfer": "the money has not arrived at the"}
PLACES = ["bakery", "station", "harbour", "market", "library", "garage", "clinic", "museum", "theatre", "kiosk"]


def write_project(folder: Path) -> Path:
    """A project of two tasks: a table of messages with topics, lines of notes with summaries, a folder of letters.

    Forty messages and forty notes, two of every client each, and on top of them: a message that says in capitals what
    row 2 says, half a line of JSON, and a letter that was sent twice.
    """
    (folder / "data" / "letters").mkdir(parents=True)
    (folder / "luthier.yaml").write_text(SETTINGS)
    write_messages(folder / "data" / "messages.csv")
    write_notes(folder / "data" / "notes.jsonl")
    write_letters(folder / "data" / "letters")
    return folder


def write_messages(path: Path) -> None:
    rows = ["text,topics,client,region"]
    for number in range(40):
        topics = [list(TOPICS), ["card"], ["transfer"], []][number % 4]
        said = " and ".join(TOPICS[topic] for topic in topics) or "thank you for your help at the"
        text = f"{said} {PLACES[number % 10]} by the {PLACES[number // 10 + 5]}"
        rows.append(f"{text},{';'.join(topics) or 'none'},c{number // 2},{'north' if number % 3 else 'south'}")
    text, *rest = rows[2].split(",")
    rows.append(",".join([text.upper(), *rest]))
    path.write_text("\n".join(rows) + "\n")


def write_notes(path: Path) -> None:
    lines = []
    for number in range(40):
        place, amount = PLACES[number % 10], 100 + 7 * number
        record = {
            "id": f"n{number}",
            "note": f"Met at the {place}. Ms {place.title()} owns EUR {amount}k, cash is {number % 9}%. She was glad.",
            "summary": f"Ms {place.title()} owns EUR {amount}k, of which {number % 9}% is cash.",
            "other_summary": f"EUR {amount}k belong to Ms {place.title()}; {number % 9}% of it is cash.",
            "client": f"c{number // 2}",
        }
        lines.append(json.dumps(record))
    path.write_text("\n".join([*lines, '{"id": "n40", "note": "Met at']) + "\n")


def write_letters(folder: Path) -> None:
    for number, place in enumerate(PLACES[:4]):
        (folder / f"{place}.txt").write_text(f"Dear client,\n\nthe {place} opens at {number + 8}.\n\nYours, the bank\n")
    (folder / "again.txt").write_text((folder / "bakery.txt").read_text())
    (folder / "rules.md").write_text("# Rules\n\nNobody invests more than he can lose.\n")
    (folder / "page.html").write_text("<html><body><h1>Hours</h1><p>We are open from nine to five.</p></body></html>")
