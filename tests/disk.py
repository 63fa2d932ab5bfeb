"""What becomes of a library when its disk is full or read-only. Runs in a mount namespace of its own:

    unshare -rm python tests/disk.py FOLDER

Mounts a small disk at FOLDER, adds some files, then fills it (leaving each of LEFT bytes free in turn) or makes it
read-only, tries to add more, makes room again and adds again. Prints a JSON line for each: what was told, what was wrong.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from chaos import World, carry_out, leftovers_in, problems_in, write
from wordy import WordyEncoder

from corpus.errors import OnRecordError
from index.library import Library

DISK_MB = 96
LEFT = (0, 64_000, 240_000, 800_000)  # each stops another store


def told_by_adding(home: Path, folder: Path) -> str:
    """Add the folder; return the error that was raised or what the outcomes say, and "" where nothing is said."""
    told: list[str] = []
    try:
        library = Library(home, encoder=WordyEncoder())
        try:
            outcomes = library.add([folder])
            told = [outcome.message or "" for outcome in outcomes if not outcome.ok]
        finally:
            library.close()
    except OnRecordError as error:
        told = [f"{type(error).__name__}: {error}"]
    return "; ".join(told)


def tried(disk: Path, folder: Path, left: int | None) -> dict[str, object]:
    """Return what was told and found wrong on a disk with `left` bytes free; None is a read-only disk."""
    home = disk / "home"
    folder.mkdir()
    before: World = {f"early{number}": 1 for number in range(4)}
    for name, version in before.items():
        write(folder, name, version)
    told_by_adding(home, folder)
    after = {**before, "early0": 2, **{f"late{number}": 1 for number in range(40)}}
    for name, version in after.items():
        write(folder, name, version)
    ballast = disk / "ballast"
    if left is None:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    else:
        ballast.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - left)))
    told = told_by_adding(home, folder)
    if left is None:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    ballast.unlink(missing_ok=True)
    library = Library(home, encoder=WordyEncoder())
    problems = problems_in(library, {name: {before.get(name), version} for name, version in after.items()})
    carry_out(library, folder, [], lambda name: None)
    problems += problems_in(library, {name: {version} for name, version in after.items()}) + leftovers_in(library)
    library.close()
    shutil.rmtree(home)
    shutil.rmtree(folder)
    return {"left": left, "told": told, "problems": problems}


def main() -> None:
    place = Path(sys.argv[1])
    disk = place / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(disk)], check=True)
    for left in (*LEFT, None):
        print(json.dumps(tried(disk, place / "files", left)), flush=True)


if __name__ == "__main__":
    main()
