"""Times of every way to answer, at growing library sizes, against the raw voyager query and a bare matrix product.

No audio: the vectors are resampled from a library file (`--like FILE`, a library or the .npz of `soundkin export`), or
made up. Each size is built and measured in processes of its own, so that memory is that of a daemon after its start.

    python benchmarks/search.py [--like FILE] [--rows 10000 100000 300000 1000000] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from made_up_library import analyses, build
from soundkin.analysis import PARAMS, similarity
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import catch_up
from soundkin.library import SqliteLibrary, open_library
from soundkin.model import Like, Query, SampleId
from soundkin.search import Example, InMemoryCandidates, Searcher

QUESTIONS = 200
PATHS: dict[str, dict[str, object]] = {
    "plain": {},
    "filter: numbers": {"filter": "dur<1.5 bpm:120-130"},
    "filter: text": {"filter": "name:rim -in:Vocals"},
    "filter: category": {"filter": "cat:drum -cat:hat"},
    "filter: all kinds": {"filter": "dur:0.2-2 -kind:loop loud:-20..-6 in:Drums ext:wav -name:kick sr:44100"},
    "weights": {"weights": {"timbre": 2.0, "rhythm": 0.0}},
    "within": {"within": 4.0},
    "1 per folder": {"per_folder": 1},
    "folded": {"fold_duplicates": True},
    "novelty": {"novelty": 0.5},
    "k = 500": {"k": 500},
}


# ---- measuring -----------------------------------------------------------------------------------------------------


Times = tuple[float, float, float]


def timed(work: Callable[[int], object], count: int) -> Times:
    """p50 and p99, then p99 of the processor's time alone, in ms, of `work(0)` to `work(count - 1)`.

    A few go before that do not count. On a busy machine only the last figure says what the work itself takes.
    """
    for number in range(5):
        work(number)
    times, busy = [], []
    for number in range(count):
        started, began = time.perf_counter(), time.thread_time()
        work(number)
        busy.append(1000 * (time.thread_time() - began))
        times.append(1000 * (time.perf_counter() - started))
    return float(np.percentile(times, 50)), float(np.percentile(times, 99)), float(np.percentile(busy, 99))


class Bench:
    """One library, opened as a daemon opens it."""

    def __init__(self, folder: Path) -> None:
        import soundkin_daemon.app  # noqa: F401 - all that a daemon has in memory

        before = time.perf_counter()
        self.library: SqliteLibrary = open_library(folder / "library.sqlite3", PARAMS)
        self.index = VoyagerIndex.load(
            folder / "index.soundkin", PARAMS, self.library.uid, self.library.stored_vectors()
        )
        catch_up(self.library, self.index)
        self.searcher = Searcher(self.library, InMemoryCandidates(self.library, self.index), similarity)
        self.rows = len(self.index)
        rng = np.random.default_rng(5)
        self.asked = [SampleId(int(each)) for each in rng.integers(1, self.rows + 1, QUESTIONS + 5)]
        self.sounds = self.library.vectors(self.asked)
        self.find(0, {})
        self.start_s = time.perf_counter() - before
        self.index.settle()
        sys.setswitchinterval(0.0005)  # as the daemon does
        gc.collect()
        gc.freeze()

    def find(self, number: int, shape: dict[str, object]) -> object:
        """One question."""
        asked = self.asked[number]
        query = Query((Like(id=asked),), **shape)  # type: ignore[arg-type]
        return self.searcher.find(query, [Example(self.sounds[asked], 1.0, asked)])

    def bare(self) -> dict[str, Times]:
        """What the machine can do: voyager alone, and one product of all vectors with one."""
        graph = self.index._graph._index
        matrix = np.concatenate([block.vectors[: block.used] for block in self.index.view().blocks])
        vectors = [self.sounds[each] for each in self.asked]
        return {
            "(raw voyager query, k = 24)": timed(lambda n: graph.query(vectors[n], 24, query_ef=100), QUESTIONS),
            "(raw matrix-vector product)": timed(lambda n: matrix @ vectors[n], QUESTIONS),
        }

    def points(self) -> dict[str, list[Example]]:
        """What is asked about: samples, and points where no sample is."""
        rng = np.random.default_rng(6)
        sounds = np.array([self.sounds[asked] for asked in self.asked], np.float32)
        between = (sounds + sounds[rng.permutation(len(sounds))]) / 2
        noise = rng.normal(size=sounds.shape) * sounds.std(axis=0)
        return {
            "samples": [Example(self.sounds[asked], 1.0, asked) for asked in self.asked],
            "near samples": [Example(each.astype(np.float32)) for each in sounds + 0.1 * noise],
            "half way between two samples": [Example(each.astype(np.float32)) for each in between],
            "noise as wide as the library": [Example(each.astype(np.float32)) for each in noise],
            "noise twice as wide": [Example(each.astype(np.float32)) for each in 2 * noise],
        }

    def recall(self, examples: list[Example]) -> tuple[float, float]:
        """Of the ten nearest, the part that the plain way finds: on average, and for the worst question."""
        found = []
        for example in examples[:QUESTIONS]:
            like = (Like(id=example.sample_id),)
            plain = self.searcher.find(Query(like, k=10), [example])
            exact = self.searcher.find(Query(like, k=10, within=1e6), [example])
            limit = exact.neighbours[-1].distance
            found.append(sum(each.distance <= limit for each in plain.neighbours) / 10)
        return float(np.mean(found)), min(found)

    def plain(self, example: Example) -> object:
        """A plain question about a point."""
        return self.searcher.find(Query((Like(id=example.sample_id),)), [example])


def measure(folder: Path) -> None:
    """Print the figures of one library as JSON lines and text."""
    bench = Bench(folder)
    process = psutil.Process()
    plain_memory = process.memory_info().rss / 1e6
    started = time.perf_counter()
    bench.find(0, PATHS["filter: all kinds"])
    facts_s = time.perf_counter() - started
    memory = process.memory_info().rss / 1e6
    rows: dict[str, Times] = {}
    for name, shape in PATHS.items():
        rows[name] = timed(lambda number, shape=shape: bench.find(number, shape), QUESTIONS)  # type: ignore[misc]
    idle = rows["plain"][1]
    under_load = loaded(bench)
    points = bench.points()
    recall = {name: bench.recall(examples) for name, examples in points.items()}
    for name, examples in points.items():
        rows[f"plain: {name}"] = timed(lambda number, them=examples: bench.plain(them[number]), QUESTIONS)  # type: ignore[misc]
    rows |= bench.bare()
    print(
        json.dumps(
            {
                "rows": bench.rows,
                "start_s": bench.start_s,
                "facts_s": facts_s,
                "rss_plain_mb": plain_memory,
                "rss_mb": memory,
                "recall": recall,
                "idle_p99": idle,
                "loaded_p99": under_load,
                "ms": rows,
            }
        )
    )
    bench.index.close()
    bench.library.close()


def loaded(bench: Bench) -> float:
    """p99 of the plain way while two batches of 64 a second are stored and indexed: a fast scan on two cores."""
    stop = threading.Event()
    vectors = np.array(list(bench.sounds.values()), np.float32)

    def scan() -> None:
        number = 10_000_000
        while not stop.wait(0.5):
            rng = np.random.default_rng(number)
            batch = vectors[rng.integers(0, len(vectors), 64)] + rng.normal(size=(64, vectors.shape[1])) * 0.3
            bench.library.put(analyses(batch.astype(np.float32), number))
            catch_up(bench.library, bench.index)
            number += 64

    thread = threading.Thread(target=scan)
    thread.start()
    time.sleep(0.5)
    times: list[float] = []
    until = time.perf_counter() + 5
    while time.perf_counter() < until:
        started = time.perf_counter()
        bench.find(len(times) % QUESTIONS, {})
        times.append(1000 * (time.perf_counter() - started))
        time.sleep(0.002)
    stop.set()
    thread.join()
    return float(np.percentile(times, 99))


# ---- printing ------------------------------------------------------------------------------------------------------


def table(results: list[dict[str, object]]) -> str:
    """The figures of all sizes side by side, in Markdown."""
    head = (
        "| p50 / p99 (p99 of processor time) in ms | " + " | ".join(f"{result['rows']:,}" for result in results) + " |"
    )
    lines = [head, "| --- " * (len(results) + 1) + "|"]
    for name in results[0]["ms"]:  # type: ignore[attr-defined]
        cells = [result["ms"][name] for result in results]  # type: ignore[index]
        lines.append(
            f"| {name} | " + " | ".join(f"{p50:.2f} / {p99:.2f} ({cpu:.2f})" for p50, p99, cpu in cells) + " |"
        )
    for name, key, form in (
        ("plain p99 while a scan runs", "loaded_p99", "{:.2f} ms"),
        ("start to first answer", "start_s", "{:.2f} s"),
        ("first filtered answer (facts are read)", "facts_s", "{:.2f} s"),
        ("resident memory, plain questions", "rss_plain_mb", "{:.0f} MB"),
        ("resident memory, with the facts", "rss_mb", "{:.0f} MB"),
    ):
        lines.append(f"| {name} | " + " | ".join(form.format(result[key]) for result in results) + " |")
    for name in results[0]["recall"]:  # type: ignore[attr-defined]
        cells = [result["recall"][name] for result in results]  # type: ignore[index]
        lines.append(f"| recall@10, {name}: mean, worst | " + " | ".join(f"{m:.4f}, {w:.1f}" for m, w in cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Build and measure every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--like", type=Path, help="library or .npz whose vectors are resampled")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 300_000, 1_000_000])
    parser.add_argument("--keep", type=Path, help="folder for the libraries, used again if they are there")
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step, folder = options.step[0], Path(options.step[1])
        if step == "build":
            build(folder, options.rows[0], options.like)
        else:
            measure(folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        print(table([one_size(options, rows, Path(options.keep or temporary)) for rows in options.rows]))


def one_size(options: argparse.Namespace, rows: int, home: Path) -> dict[str, object]:
    """Build (unless kept) and measure one size in two processes."""
    folder = home / str(rows)
    command = [sys.executable, __file__, "--rows", str(rows)]
    if not (folder / "index.soundkin").exists():
        folder.mkdir(parents=True, exist_ok=True)
        like = ["--like", str(options.like)] if options.like else []
        subprocess.run([*command, *like, "--step", "build", str(folder)], check=True)
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # on busy cores BLAS threads wait for each other
    measuring = [*command, "--step", "measure", str(folder)]
    done = subprocess.run(measuring, check=True, stdout=subprocess.PIPE, text=True, env=alone)
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(result), flush=True)
    return result


if __name__ == "__main__":
    main()
