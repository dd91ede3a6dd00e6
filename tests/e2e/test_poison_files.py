"""A thousand damaged files of five formats: the real scan ends, and everything sound is in the library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from daemon_process import cli_json, run_cli

MUTANTS = 1_000
SOUND = 25
SR = 22_050
FORMATS = {"wav": "PCM_16", "aiff": "PCM_24", "flac": "PCM_16", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}
HEADER_BYTES = 128
CODES = {"decode", "too-short", "analysis", "timeout", "crash"}


def make_originals(folder: Path) -> list[Path]:
    """Sound files that are whole, five of each format."""
    rng = np.random.default_rng(11)
    t = np.arange(SR // 4) / SR
    made = []
    for number in range(SOUND):
        kind = list(FORMATS)[number % len(FORMATS)]
        y = np.sin(2 * np.pi * (60 + 40 * number) * t) + 0.3 * rng.standard_normal(len(t))
        path = folder / f"whole {number:02}.{kind}"
        soundfile.write(str(path), 0.5 * y * np.exp(-6 * t), SR, subtype=FORMATS[kind])
        made.append(path)
    return made


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut off somewhere, or with flipped bits, most of them where the format says what it is; sometimes both."""
    torn = bytearray(data)
    how = rng.integers(4)
    if how in {0, 3}:
        del torn[int(rng.integers(len(torn))) :]
    if how in {1, 2, 3} and torn:
        reach = min(len(torn), HEADER_BYTES) if rng.random() < 0.7 else len(torn)
        for place in rng.integers(reach, size=rng.integers(1, 12)):
            torn[place] ^= 1 << int(rng.integers(8))
    return bytes(torn)


def test_a_thousand_damaged_files_cost_only_themselves(tmp_path: Path) -> None:
    folder = tmp_path / "samples"
    folder.mkdir()
    originals = make_originals(folder)
    rng = np.random.default_rng(5)
    for number in range(MUTANTS):
        original = originals[number % SOUND]
        (folder / f"torn {number:04}{original.suffix}").write_bytes(damaged(original.read_bytes(), rng))

    run_cli(tmp_path / "data", "add", str(folder))
    run_cli(tmp_path / "data", "scan")

    known = {Path(sample["path"]).name for sample in cli_json(tmp_path / "data", "list", "--limit", "2000")}
    listed = {Path(each["path"]).name: each for each in cli_json(tmp_path / "data", "problems")}
    cut_off = {name for name, each in listed.items() if each["code"] == "cut-off"}
    problems = {name: each for name, each in listed.items() if name not in cut_off}
    assert cut_off <= known
    assert len(cut_off) > MUTANTS / 10, "what is cut off is found, and says so"
    assert {path.name for path in originals} <= known
    assert known.isdisjoint(problems)
    assert known | problems.keys() == {path.name for path in folder.iterdir()}
    assert len(problems) > MUTANTS / 10, "the damage is real"
    assert {each["code"] for each in problems.values()} <= CODES
    assert all(each["message"] for each in problems.values())
    answer = cli_json(tmp_path / "data", "similar", str(originals[0]), "-k", "5")
    assert len(answer["neighbours"] if isinstance(answer, dict) else answer) == 5
