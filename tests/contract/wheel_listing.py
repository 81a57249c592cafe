"""Run by CI: the wheel holds every file of the package that git knows, and nothing else.

python wheel_listing.py WHEEL
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def known_to_git() -> set[str]:
    """Files of the package, as they are called within a wheel."""
    command = ["git", "-C", str(REPOSITORY), "ls-files", "-z", "src/skyrack"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name.removeprefix("src/") for name in listed.split("\0") if name}


def held_by(wheel: Path) -> set[str]:
    """Files in a wheel beside its own metadata."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
    return {name for name in names if not name.partition("/")[0].endswith(".dist-info")}


def difference(wheel: Path) -> str:
    """Sentence about what is missing and what is too much; empty where nothing is."""
    known, held = known_to_git(), held_by(wheel)
    parts = [
        f"{len(names)} {what}: {', '.join(sorted(names)[:20])}"
        for what, names in (("files missing", known - held), ("files that git does not know", held - known))
        if names
    ]
    return "; ".join(parts)


def main() -> None:
    """Compare, and end with 1 where there is a difference."""
    wheel = Path(sys.argv[1])
    found = difference(wheel)
    if found:
        sys.exit(f"{wheel.name}: {found}")
    print(f"{wheel.name} holds the {len(known_to_git())} files of the package")


if __name__ == "__main__":
    main()
