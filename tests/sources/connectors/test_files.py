"""Which files a source's path means."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from luthier.config import Source
from luthier.errors import RequestError
from luthier.records import Refusal
from luthier.sources.connectors.files import find_files
from luthier.sources.raw import SourceFile


def fill(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")


def found(root: Path, path: str) -> list[str]:
    entries = find_files(Source(name="notes", path=path), root)
    return [entry.name if isinstance(entry, SourceFile) else f"{entry.file}: {entry.code}" for entry in entries]


def test_a_folder_stands_for_every_file_below_it_in_the_order_of_names(tmp_path: Path) -> None:
    fill(tmp_path, "notes/b.txt", "notes/a/z.txt", "notes/a.txt", "other/c.txt")
    # by code point: "." (46) comes before "/" (47), so a.txt stands before a/z.txt
    assert found(tmp_path, "notes") == ["notes/a.txt", "notes/a/z.txt", "notes/b.txt"]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("notes/*.txt", ["notes/a.txt"]),
        ("notes/**/*.txt", ["notes/2025/q1/c.txt", "notes/2025/b.txt", "notes/a.txt"]),
        ("notes/**", ["notes/2025/b.pdf", "notes/2025/b.txt", "notes/2025/q1/c.txt", "notes/a.txt"]),
        ("**/q?/*", ["notes/2025/q1/c.txt"]),
        ("notes/20[0-9][0-9]/*.txt", ["notes/2025/b.txt"]),
        ("./notes/a.txt", ["notes/a.txt"]),
    ],
)
def test_a_glob_stands_for_what_it_matches(tmp_path: Path, pattern: str, names: list[str]) -> None:
    fill(tmp_path, "notes/a.txt", "notes/2025/b.txt", "notes/2025/b.pdf", "notes/2025/q1/c.txt")
    assert found(tmp_path, pattern) == sorted(names)


def test_names_that_begin_with_a_dot_are_passed_over_unless_named(tmp_path: Path) -> None:
    fill(tmp_path, "notes/.DS_Store", "notes/.git/x.txt", "notes/a.txt")
    assert found(tmp_path, "notes") == ["notes/a.txt"]
    assert found(tmp_path, "notes/.git/*.txt") == ["notes/.git/x.txt"]
    assert found(tmp_path, "notes/.D*") == ["notes/.DS_Store"]


def test_a_file_whose_name_has_brackets_is_that_file(tmp_path: Path) -> None:
    fill(tmp_path, "notes [1].txt", "notes 1.txt")
    assert found(tmp_path, "notes [1].txt") == ["notes [1].txt"]


@pytest.mark.parametrize("path", ["nowhere.csv", "nowhere/*.csv", "empty", "notes/*.pdf"])
def test_a_path_that_matches_nothing_is_an_error_of_the_request(tmp_path: Path, path: str) -> None:
    fill(tmp_path, "notes/a.txt")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError) as raised:
        found(tmp_path, path)
    assert "'notes'" in str(raised.value) and f"'{path}'" in str(raised.value)


def test_a_link_out_of_the_project_is_refused_and_one_inside_is_followed(tmp_path: Path) -> None:
    root = tmp_path / "project"
    fill(root, "real/a.txt")
    fill(tmp_path, "outside/secret.txt")
    (root / "notes").mkdir()
    (root / "notes/in.txt").symlink_to(root / "real/a.txt")
    (root / "notes/out.txt").symlink_to(tmp_path / "outside/secret.txt")
    assert found(root, "notes") == ["notes/in.txt", "notes/out.txt: path.outside"]
    assert found(root, "notes/out.txt") == ["notes/out.txt: path.outside"]


def test_a_folder_that_is_a_link_out_of_the_project_brings_nothing_in(tmp_path: Path) -> None:
    root = tmp_path / "project"
    fill(tmp_path, "outside/secret.txt")
    root.mkdir()
    (root / "notes").symlink_to(tmp_path / "outside")
    assert found(root, "notes") == ["notes/secret.txt: path.outside"]


def test_links_to_folders_and_to_nowhere_are_refused_by_name(tmp_path: Path) -> None:
    fill(tmp_path, "real/a.txt", "notes/b.txt")
    (tmp_path / "notes/again").symlink_to(tmp_path / "notes")  # followed, this would never end
    (tmp_path / "notes/gone.txt").symlink_to(tmp_path / "deleted.txt")
    (tmp_path / "notes/loop.txt").symlink_to(tmp_path / "notes/loop.txt")
    assert found(tmp_path, "notes") == [
        "notes/again: folder.unreadable",
        "notes/b.txt",
        "notes/gone.txt: file.unreadable",
        "notes/loop.txt: file.unreadable",
    ]


def test_a_path_outside_the_project_may_be_named_outright(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    fill(tmp_path, "bank/train.csv")
    assert found(root, "../bank/train.csv") == ["../bank/train.csv"]
    assert found(root, str(tmp_path / "bank/*.csv")) == ["../bank/train.csv"]
    assert found(root, str(tmp_path / "bank")) == ["../bank/train.csv"]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    fill(tmp_path, "notes/a.txt")
    os.mkfifo(tmp_path / "notes/pipe.txt")
    assert found(tmp_path, "notes") == ["notes/a.txt", "notes/pipe.txt: file.unreadable"]


def test_a_folder_that_may_not_be_read_is_refused_and_its_neighbours_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "notes/a.txt", "notes/private/b.txt")
    scandir = os.scandir

    def refusing(folder: Any) -> Any:  # permissions do not hold root back, so the system's answer is put in its mouth
        if Path(folder).name == "private":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    entries = find_files(Source(name="notes", path="notes"), tmp_path)
    assert isinstance(entries[0], SourceFile)
    assert isinstance(entries[1], Refusal)
    assert (entries[1].file, entries[1].code) == ("notes/private", "folder.unreadable")
    assert "Permission denied" in entries[1].reason
    assert found(tmp_path, "notes/*.txt") == ["notes/a.txt"]  # a pattern that cannot lead there does not ask


def test_a_name_that_is_no_utf8_is_written_with_escapes(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with open(os.fsencode(tmp_path / "notes") + b"/caf\xe9.txt", "w") as stream:  # noqa: PTH123
        stream.write("x")
    assert found(tmp_path, "notes") == ["notes/caf\\xe9.txt"]


def test_a_project_may_be_opened_by_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "notes/a.txt")
    monkeypatch.chdir(tmp_path)
    assert found(Path(), "notes") == ["notes/a.txt"]
