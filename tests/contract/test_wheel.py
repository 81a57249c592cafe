"""The checks of the wheel, as far as they need no wheel: CI runs them on the one that it built."""

import subprocess
import zipfile

from tests.contract import wheel_listing, wheel_verbs


def test_every_command_has_an_example():
    assert wheel_verbs.without_example() == ""


def test_a_command_without_an_example_is_named(monkeypatch):
    monkeypatch.delitem(wheel_verbs.EXAMPLES, "study")
    monkeypatch.setitem(wheel_verbs.EXAMPLES, "launch", [["launch"]])
    assert wheel_verbs.without_example() == "no example for study; no such command as launch"


def test_a_wheel_without_a_room_is_refused(tmp_path):
    """As when a line of .gitignore hid one from the builder."""
    known = wheel_listing.known_to_git()
    assert {"skyrack/__init__.py", "skyrack/studies/study.py", "skyrack/web/static/index.html"} <= known
    whole, torn = tmp_path / "whole.whl", tmp_path / "torn.whl"
    for path, names in ((whole, known), (torn, {name for name in known if "/studies/" not in name} | {"skyrack/x.py"})):
        with zipfile.ZipFile(path, "w") as archive:
            for name in (*names, "skyrack-0.dist-info/METADATA"):
                archive.writestr(name, "")
    assert wheel_listing.difference(whole) == ""
    found = wheel_listing.difference(torn)
    assert "files missing: skyrack/studies/__init__.py" in found
    assert "1 files that git does not know: skyrack/x.py" in found


def test_no_file_of_the_package_is_ignored():
    """The builder leaves out what .gitignore names, even where git tracks it."""
    names = [f"src/{name}" for name in wheel_listing.known_to_git()]
    command = ["git", "-C", str(wheel_listing.REPOSITORY), "check-ignore", "--no-index", "--stdin"]
    done = subprocess.run(command, input="\n".join(names), capture_output=True, text=True, check=False)
    assert done.stdout == ""
