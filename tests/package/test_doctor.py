"""The doctor finds what was planted, and says how to mend it."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from melodyai_edu import cli_doctor, cli_doctor_places, cli_doctor_programs, cli_doctor_versions
from melodyai_edu.cli import main
from melodyai_edu.cli_doctor_findings import Finding, as_version, installed, said_by
from melodyai_edu.models.saved import models_folder
from melodyai_edu.version import __version__


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """Have Python believe that a package of some version is installed."""

    def plant(name, version, *requirements):
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        extras = sorted({text.split('"')[1] for text in requirements if "extra ==" in text})
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Provides-Extra: {extra}" for extra in extras]
        lines += [f"Requires-Dist: {text}" for text in requirements]
        (folder / "METADATA").write_text("\n".join(lines) + "\n\n")
        monkeypatch.syspath_prepend(tmp_path)

    return plant


@pytest.fixture
def empty_path(tmp_path, monkeypatch):
    """Have the shell find no program."""
    monkeypatch.setenv("PATH", str(tmp_path))


def named(findings, name):
    """Give the one finding of a name."""
    (found,) = [one for one in findings if one.name == name]
    return found


def test_this_computer_is_fine_and_soon_looked_over(capsys):
    begin = time.perf_counter()
    assert main(["doctor"]) == 0
    assert time.perf_counter() - begin < 15  # 2 s on a quiet computer
    out = capsys.readouterr().out
    assert "ok       Python: " in out
    assert "All that MelodyAI needs is here." in out.splitlines()[-1]


def test_json_says_the_same(capsys):
    assert main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["fine"] is True
    names = [one["name"] for one in told["findings"]]
    assert len(names) == len(set(names))
    assert {"Python", "numpy", "expat (MusicXML)", "GPU", "shipped networks"} <= set(names)
    for one in told["findings"]:
        assert one["state"] in ("ok", "old", "missing", "damaged", "unknown")


def test_nothing_heavy_is_imported():
    code = (
        "import sys; from melodyai_edu.cli_doctor import examine; examine();"
        "print([n for n in ('tensorflow', 'keras', 'music21', 'librosa', 'soundfile') "
        "if n in sys.modules])"
    )
    assert said_by(code, 60) == "[]"


def test_an_old_package_fails_and_is_mended_by_pip(plant, capsys):
    plant("numpy", "1.0")
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "old      numpy: 1.0, >=1.26 is needed" in out
    assert 'to mend it: python -m pip install "numpy>=1.26"' in out
    assert out.endswith("needs mending before MelodyAI can work.\n")


def test_a_missing_package_fails(plant):
    plant("melodyai-edu", __version__, "no-such-package>=2", "numpy>=1.26")
    found = named(cli_doctor_versions.package(), "no-such-package")
    assert (found.state, found.is_serious) == ("missing", True)
    assert "pip install --upgrade melodyai-edu" in found.remedy
    assert named(cli_doctor_versions.package(), "numpy").state == "ok"


def test_an_extra_that_is_missing_or_old_does_not_fail(plant):
    plant(
        "melodyai-edu",
        __version__,
        'no-such-package>=2; extra == "dask"',
        'numpy>=999; extra == "parquet"',
        'melodyai-edu[dask]; extra == "lab"',
        'numpy>=1; extra == "magenta"',
    )
    found = cli_doctor_versions.extras()
    assert not any(one.is_serious for one in found)
    missing = named(found, "extra dask")
    assert missing.state == "missing"
    assert missing.found.endswith("not installed: no-such-package")
    assert missing.remedy == "python -m pip install 'melodyai-edu[dask]'"
    assert "no-such-package" in named(found, "extra lab").found
    old = named(found, "extra parquet")
    assert (old.state, old.remedy.endswith("--upgrade")) == ("old", True)
    assert "(>=999)" in old.found
    assert named(found, "extra magenta").state == "ok"


def test_another_version_than_the_one_that_runs(plant):
    plant("melodyai-edu", "0.0.1")
    found = named(cli_doctor_versions.package(), "melodyai-edu")
    assert found.state == "old"
    assert found.found == f"0.0.1 is installed, {__version__} is running"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("expat", "expat_2.8.0", "expat_2.8.1"),
        ("libsndfile", "1.2.1", "1.2.2"),
        ("SQLite", "3.51.2", "3.51.3"),
        ("SQLite", "3.50.6", "3.50.7"),
        ("SQLite", "3.44.5", "3.44.6"),
        ("SQLite", "3.49.9", "3.53.0"),
        ("zlib", "1.2.12", "1.3.1.zlib-ng"),
        ("OpenSSL", "OpenSSL 1.1.1w  11 Sep 2023", "OpenSSL 3.0.19 27 Jan 2026"),
        ("Keras", "3.13.1", "3.13.2"),
    ],
)
def test_a_library_with_a_known_fault_is_old(monkeypatch, name, old, new):
    (library,) = [one for one in cli_doctor_versions.LIBRARIES if one.name.startswith(name)]
    for version, state in ((old, "old"), (new, "ok")):
        planted = library._replace(version=lambda version=version: version)
        monkeypatch.setattr(cli_doctor_versions, "LIBRARIES", (planted,))
        (found,) = cli_doctor_versions.libraries()
        assert (found.state, found.is_serious) == (state, False)
        assert (library.fault in found.found, bool(found.remedy)) == ((state == "old"),) * 2


def test_a_library_that_does_not_load(monkeypatch):
    (library,) = [o for o in cli_doctor_versions.LIBRARIES if o.name.startswith("libsndfile")]
    monkeypatch.setattr(cli_doctor_versions, "LIBRARIES", (library._replace(version=lambda: None),))
    (found,) = cli_doctor_versions.libraries()
    assert (found.state, found.found) == ("missing", "it does not load")
    assert "soundfile>=0.13" in found.remedy


def test_weights_that_were_altered_are_named(tmp_path):
    folder = tmp_path / "shipped"
    shutil.copytree(models_folder(), folder)
    assert cli_doctor_places.check_sums("networks", folder).state == "ok"
    file = folder / "melody-tiny-lstm" / "weights.npz"
    data = bytearray(file.read_bytes())
    data[1000] ^= 1
    file.write_bytes(data)
    (folder / "chorale-small" / "chorale.json").unlink()
    found = cli_doctor_places.check_sums("networks", folder)
    assert (found.state, found.is_serious) == ("damaged", True)
    assert found.found == (
        "2 of 18 files are missing or altered: chorale-small/chorale.json, "
        "melody-tiny-lstm/weights.npz"
    )
    assert "pip install --force-reinstall melodyai-edu" in found.remedy


@pytest.mark.parametrize("text", [None, "no list\n", "\xff\xfe"])
def test_a_list_of_checksums_that_is_missing_or_damaged(tmp_path, text):
    if text is not None:
        (tmp_path / "SHA256SUMS").write_bytes(text.encode("latin-1"))
    found = cli_doctor_places.check_sums("tunes", tmp_path)
    assert (found.state, found.is_serious) == ("damaged", True)


def test_the_lists_of_checksums_are_of_these_files():
    tool = Path(__file__).parents[2] / "tools" / "build_checksums.py"
    done = subprocess.run([sys.executable, tool, "--check"], check=False)
    assert done.returncode == 0, "run: python tools/build_checksums.py"


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    monkeypatch.setenv("MELODYAI_HOME", "/proc/nobody")
    (found,) = cli_doctor_places.home()
    assert (found.state, found.is_serious) == ("damaged", True)
    assert "/proc/nobody cannot be written to" in found.found
    assert "export MELODYAI_HOME=" in found.remedy
    monkeypatch.setenv("MELODYAI_HOME", str(tmp_path / "new" / "folder"))
    states = [one.state for one in cli_doctor_places.home()]
    assert states[0] == "ok"
    assert not (tmp_path / "new").exists()


def test_little_room_is_told(monkeypatch):
    monkeypatch.setattr(cli_doctor_places, "_FREE", 10**18)
    found = named(cli_doctor_places.home(), "free space")
    assert (found.state, found.is_serious) == ("missing", False)
    assert "make room" in found.remedy


def test_a_setting_that_nobody_reads(monkeypatch):
    monkeypatch.setenv("MELODYAI_PROT", "9000")
    found = named(cli_doctor_places.environment(), "MELODYAI_PROT")
    assert found.state == "unknown"
    assert found.found == "nobody reads it; did you mean MELODYAI_PORT?"
    assert found.remedy == "correct its name, or: unset MELODYAI_PROT"


def test_a_setting_that_is_impossible():
    (found,) = cli_doctor_places.environment({"MELODYAI_PORT": "99999"})
    assert found.state == "damaged"
    assert "port='99999'" in found.found
    (fine,) = cli_doctor_places.environment({"MELODYAI_PORT": "9000", "MELODYAI_HOME": "x"})
    assert (fine.state, fine.found) == ("ok", "MELODYAI_HOME, MELODYAI_PORT")
    (none,) = cli_doctor_places.environment({"HOME": "x"})
    assert none.state == "ok"


def test_widgets_that_do_not_fit(plant):
    plant("jupyterlab_widgets", "1.0.0")
    found = named(cli_doctor_programs.browser_parts(), "widgets in the browser")
    assert found.state == "old"
    assert "jupyterlab_widgets 1.0.0 does not fit ipywidgets" in found.found
    assert "--force-reinstall ipywidgets jupyterlab_widgets" in found.remedy


def test_widgets_without_their_files(monkeypatch, tmp_path):
    monkeypatch.setattr(cli_doctor_programs, "_EXTENSION", "no/such/package.json")
    found = named(cli_doctor_programs.browser_parts(), "widgets in the browser")
    assert found.state == "damaged"
    assert "its files for JupyterLab are not there" in found.found


def test_without_programs_pieces_are_still_heard(empty_path):
    found = named(cli_doctor_programs.sound(), "fluidsynth")
    assert (found.state, found.is_serious) == ("missing", False)
    assert "apt-get install fluidsynth" in found.remedy
    assert named(cli_doctor_programs.browser_parts(), "Chromium").state == "missing"
    assert "no NVIDIA driver is here" in cli_doctor_programs.gpu(is_asked=False).found


def test_a_driver_is_seen(tmp_path, monkeypatch):
    driver = tmp_path / "nvidia-smi"
    driver.write_text("#!/bin/sh\n")
    driver.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "melodyai doctor --gpu" in cli_doctor_programs.gpu(is_asked=False).found


@pytest.mark.parametrize(
    ("module", "state", "words"),
    [
        ("class config:\n    list_physical_devices = lambda kind: ['GPU:0']", "ok", "sees 1"),
        ("class config:\n    list_physical_devices = lambda kind: []", "missing", "sees none"),
        ("import os; os.abort()", "damaged", "crashed"),
    ],
)
def test_the_gpu_is_asked_for_in_a_process_of_its_own(tmp_path, monkeypatch, module, state, words):
    """A small module stands for TensorFlow, which is slow to start and sees no GPU here."""
    (tmp_path / "tensorflow.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    found = cli_doctor_programs.gpu(is_asked=True)
    assert found.state == state
    assert words in found.found
    assert bool(found.remedy) == (state != "ok")


def test_what_takes_too_long_or_fails_says_nothing():
    assert said_by("import time; time.sleep(60)", 0.2) is None
    assert said_by("1 / 0", 20) is None


def test_versions_are_read_out_of_what_libraries_call_themselves():
    assert str(as_version("OpenSSL 3.0.19 27 Jan 2026")) == "3.0.19"
    assert str(as_version("nothing")) == "0"
    assert installed("pytest")
    assert installed("no-such-package") is None


def test_the_report_counts():
    findings = [
        Finding("a", "ok", "1"),
        Finding("b", "missing", "none", "buy"),
        Finding("c", "old", "1", "renew", is_needed=True),
    ]
    text = cli_doctor.report(findings)
    assert "better: buy" in text
    assert "to mend it: renew" in text
    assert text.endswith("1 of 3 needs mending before MelodyAI can work.")
    assert cli_doctor.report(findings[:2]).endswith("is here. 1 thing could be better.")
    assert cli_doctor.report(findings[:1]).endswith("All that MelodyAI needs is here.")


def test_python_that_is_too_old(monkeypatch):
    monkeypatch.setattr(cli_doctor_versions, "_OLDEST_PYTHON", (sys.version_info[0], 99))
    found = named(cli_doctor_versions.package(), "Python")
    assert (found.state, found.is_serious) == ("old", True)
    assert "make PYTHON=python3.99 lab" in found.remedy
