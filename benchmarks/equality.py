"""How far vectors and facts of the same files lie apart between two versions of the code: analyse, keep, compare.

    python benchmarks/equality.py --keep before.npz FOLDER ...       # with the one version
    python benchmarks/equality.py --compare before.npz FOLDER ...    # with the other

Prints the worst difference of any number of any vector, and every fact that differs by more than rounding.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np

from soundkin.analysis import ProcessAnalyser
from soundkin.model import Analysis, AnalysisFailure, DiskFile, FileStamp, Outcome

SLACK = 1e-3
"""Facts that differ relatively by less count as equal."""


def main() -> None:
    """Analyse and keep, or analyse and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--keep", type=Path, help="the file to write")
    parser.add_argument("--compare", type=Path, help="the file of the other version")
    options = parser.parse_args()
    found = analysed(sorted(path for folder in options.folders for path in folder.rglob("*") if path.is_file()))
    if options.keep:
        paths = sorted(found)
        vectors = np.stack([found[path][0] for path in paths])
        np.savez(options.keep, paths=paths, vectors=vectors, facts=[json.dumps(found[path][1]) for path in paths])
        print(f"{len(paths):,} files kept")
    if options.compare:
        with np.load(options.compare) as kept:
            numbers = zip(kept["vectors"], kept["facts"], strict=True)
            compare(dict(zip(map(str, kept["paths"]), numbers, strict=True)), found)


def analysed(paths: list[Path]) -> dict[str, tuple[np.ndarray, dict[str, object]]]:
    """Vector and facts of each file; those that fail have an empty vector and their message."""
    pool = ProcessAnalyser(workers=2, time_limit_s=60)
    files = (DiskFile(str(path), FileStamp.of(path.stat())) for path in paths)
    try:
        return {outcome.path: _numbers(outcome) for batch in pool.analyse(files) for outcome in batch}
    finally:
        pool.close()


def _numbers(outcome: Outcome) -> tuple[np.ndarray, dict[str, object]]:
    if isinstance(outcome, Analysis):
        return outcome.vector, dataclasses.asdict(outcome.facts) | {"hash": outcome.content_hash.hex()}
    message = outcome.message if isinstance(outcome, AnalysisFailure) else "unchanged"
    return np.full(48, np.nan, np.float32), {"failure": message}


def compare(before: dict[str, tuple[np.ndarray, str]], after: dict[str, tuple[np.ndarray, dict[str, object]]]) -> None:
    """Print what differs."""
    both = sorted(before.keys() & after.keys())
    apart = {path: float(np.nanmax(np.abs(before[path][0] - after[path][0]), initial=0.0)) for path in both}
    print(f"{len(both):,} files, {len(before.keys() ^ after.keys())} in one version only")
    worst = sorted(both, key=lambda path: -apart[path])[:5]
    print("worst difference of a vector's number:", *(f"{apart[path]:.2g} {path}" for path in worst), sep="\n  ")
    print(f"files with more than 1e-4: {sum(value > 1e-4 for value in apart.values())}")
    for path in both:
        old, new = json.loads(str(before[path][1])), after[path][1]
        for name in sorted(old.keys() | new.keys()):
            if not _alike(old.get(name), new.get(name)):
                print(f"{path}: {name} {old.get(name)} -> {new.get(name)}")


def _alike(old: object, new: object) -> bool:
    if isinstance(old, float) and isinstance(new, float):
        return abs(old - new) <= SLACK * max(1.0, abs(old))
    return old == new


if __name__ == "__main__":
    main()
