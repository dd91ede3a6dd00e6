"""The numbers that the documents take from the code: for each a phrase of the document and its source.

A phrase holds `{}` for every number. To quote another constant, add a line to QUOTED; a number that comes from
elsewhere (an example, a measurement, a version) goes into OTHERS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from soundkin.analysis import category, decode, lane, vector
from soundkin.analysis.features import envelope, frames, motion, shape, spectrum, timbre
from soundkin.analysis.params import PARAMS
from soundkin.analysis.similarity import HALF, STEEPNESS
from soundkin.config import DEFAULT_PORT, Settings
from soundkin.disks import lanes
from soundkin.folders import findings
from soundkin.index import graph, upkeep
from soundkin.ingest import batch, shortages
from soundkin.library import backups, survival, unread
from soundkin.model import labels
from soundkin.questions import effort
from soundkin.questions.limits import HIGHEST_WEIGHT, MOST_HITS, NEAR_IDENTICAL
from soundkin.search import grammar, novelty, pages, planner
from soundkin_daemon import app
from soundkin_daemon.cli import context
from soundkin_osc import jobs
from soundkin_osc.carriers import connection, framing, http, requests, room
from soundkin_osc.handlers import keeping
from soundkin_osc.peers import subscriptions, tokens
from soundkin_osc.protocol import limits
from soundkin_osc.protocol.error_codes import Code

TOP = Path(__file__).parents[2]
LUA = TOP / "scripts/reaper/soundkin/soundkin_lib"
WORDS = dict(enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]))
SETTINGS = Settings()


@dataclass(frozen=True)
class Word:
    """A number that the document spells out."""

    number: float

    def __str__(self) -> str:
        return WORDS[int(self.number)] if self.number == int(self.number) else "?"


def lua(file: str, name: str) -> int:
    """A number that a script of REAPER's gives a name."""
    text = (LUA / f"{file}.lua").read_text("utf-8")
    for names, values in re.findall(
        r"^(?:local |M\.)([A-Z_]+(?:, [A-Z_]+)*) = (-?\d+(?:, -?\d+)*)", text, re.MULTILINE
    ):
        if name in names.split(", "):
            return int(values.split(", ")[names.split(", ").index(name)])
    raise AssertionError(f"{file}.lua: {name}")


def shown(value: Any) -> str:
    """A value as the documents write it."""
    if isinstance(value, Word | str):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"


QUOTED: list[tuple[str, str, tuple[Any, ...]]] = [
    ("README.md", "a vector of {} numbers", (PARAMS.num_dimensions,)),
    ("README.md", "at most {} files at a time", (batch.BATCH_FILES,)),
    ("README.md", "`127.0.0.1:{}`", (str(DEFAULT_PORT),)),
    ("README.md", "Soundkin, {} numbers", (PARAMS.num_dimensions,)),
    ("docs/osc.md", "**{}, port {}**", (SETTINGS.osc.host, str(DEFAULT_PORT))),
    ("docs/osc.md", "bundles of at most {} bytes", (limits.DATAGRAM,)),
    ("docs/osc.md", "a number from {} up presses a button", (limits.PRESSED,)),
    ("docs/osc.md", "Subscriptions last {} seconds", (limits.LEASE_S,)),
    ("docs/osc.md", "<http://127.0.0.1:{}>", (str(DEFAULT_PORT),)),
    ("docs/osc.md", "connect to port {} and", (str(DEFAULT_PORT),)),
    ("docs/osc.md", "OSCQuery at port {}", (str(DEFAULT_PORT),)),
    ("docs/osc.md", "questions get up to {} hits", (limits.MAX_COUNT,)),
    ("docs/osc.md", "up to {} hits |", (limits.MAX_STREAM_COUNT,)),
    ("docs/osc.md", "after {} minutes without a message", (Word(connection.IDLE_S / 60),)),
    ("docs/osc.md", "the token did not come within {} seconds", (Word(connection.HELLO_S),)),
    ("docs/osc.md", "a message of more than {} bytes", (framing.MAX_FRAME,)),
    ("docs/osc.md", "A connection is kept {} seconds for the next request", (Word(http.KEEP_S),)),
    ("docs/osc.md", "at most {} bytes of target", (requests.MAX_TARGET,)),
    ("docs/osc.md", "{} headers and {} bytes with them", (requests.MAX_HEADERS, requests.MAX_HEAD)),
    ("docs/osc.md", "{} seconds to arrive", (Word(http.HEAD_S),)),
    ("SECURITY.md", "not sent it within {} seconds", (Word(connection.HELLO_S),)),
    ("docs/osc.md", "An endpoint may have {} questions open", (Word(jobs.MAX_PENDING),)),
    ("docs/osc.md", "answered with error {}", (Code.BUSY.value,)),
    ("docs/osc.md", "all endpoints together have {}", (jobs.MAX_ALL,)),
    ("docs/osc.md", "kept for {} minutes from the last page", (Word(keeping.KEPT_S / 60),)),
    ("docs/osc.md", "{} for each source, {} of all", (Word(keeping.MOST_EACH), keeping.MOST_ALL)),
    ("docs/osc.md", "take too long are answered with error {}", (Code.TOO_LARGE.value,)),
    ("SECURITY.md", "cut off after {} seconds", (Word(effort.LONGEST_S),)),
    ("docs/search.md", "gets {} seconds of the processor, or {} times", (effort.TURN_S, Word(effort.WAITING_TURNS))),
    ("docs/search.md", "at work {} seconds after", (effort.LONGEST_S,)),
    ("docs/search.md", "(a report: {})", (effort.LONGEST_REPORT_S,)),
    ("docs/search.md", "{} % of the library's samples are", (graph._USUAL * 100,)),
    ("docs/search.md", "than {} times the middle one", (graph._WIDEST,)),
    ("docs/search.md", "is taken from {} samples", (upkeep._GAUGED,)),
    ("docs/osc.md", "at most {} times as many bytes", (Word(limits.AMPLIFICATION),)),
    ("docs/osc.md", "a longer answer becomes error {}", (Code.DENIED.value,)),
    (
        "docs/osc.md",
        "room for {} connections and {} subscriptions",
        (room.MAX_CONNECTIONS, subscriptions.MAX_SUBSCRIBERS),
    ),
    ("docs/osc.md", "makes room, and gets error {}", (Code.BUSY.value,)),
    ("docs/osc.md", "waits for it for {} seconds", (int(connection.READ_S),)),
    ("docs/osc.md", "{} seconds are given", (Word(connection.HELLO_S),)),
    ("docs/osc.md", "after {} of them no token", (Word(tokens.FREE),)),
    ("SECURITY.md", "listens on {} (and ::1)", (SETTINGS.osc.host,)),
    ("SECURITY.md", "at most {} times the bytes they sent", (Word(limits.AMPLIFICATION),)),
    (
        "docs/categories.md",
        "is less likely than {}, and another category has at least {}",
        (labels.WRONG_NAMES, labels.CONFIDENT),
    ),
    ("docs/categories.md", "nothing where it is unsure (below {})", (category.SURE,)),
    ("docs/search.md", "aspect to 0..{}, absent means 1", (HIGHEST_WEIGHT,)),
    ("docs/search.md", "how many hits (1 to {},", (MOST_HITS,)),
    ("docs/search.md", "near-identical samples (distance up to {})", (NEAR_IDENTICAL,)),
    ("docs/search.md", "at 1 by the distance of the {}th hit", (novelty.HEAT_RANK,)),
    ("docs/search.md", "halves every {} minutes after", (Word(novelty.RETURNED_HALF_LIFE_S / 60),)),
    ("docs/search.md", "At most {} characters and {} terms", (grammar.MOST_CHARACTERS, grammar.MOST_TERMS)),
    ("docs/search.md", "that is at most {} minutes old", (Word(pages.LINGER_S / 60),)),
    ("docs/search.md", "The {} most recent answers", (pages.MOST_ANSWERS,)),
    ("docs/search.md", "at most `within` (default {})", (NEAR_IDENTICAL,)),
    ("docs/search.md", "together at most {})", (planner.MOST_CANDIDATES - planner.SPARE,)),
    ("docs/search.md", "a library of more than {} samples", (planner.SMALL_LIBRARY,)),
    ("docs/search.md", "{} times as many candidates plus {};", (Word(graph._WIDER), graph._MORE)),
    ("docs/search.md", "waits at most {} ms for", (graph._SMALL_LOCK_S * 1000,)),
    ("docs/survival.md", "batches of at most {} files or {} second", (batch.BATCH_FILES, Word(batch.BATCH_S))),
    ("docs/survival.md", "within {} seconds of there being room", (Word(batch.RETRY_S),)),
    ("docs/survival.md", "does not answer within {} s", (lanes.VERDICT_S,)),
    ("docs/survival.md", "`[analysis] time_limit_s` ({} s)", (SETTINGS.analysis.time_limit_s,)),
    ("docs/survival.md", "after {} seconds of silence others", (Word(lane.STALL_S),)),
    ("docs/survival.md", "tried again after {} s, then", (unread.FIRST_RETRY_S,)),
    ("docs/survival.md", "folders are compared again every {} s", (shortages.AGAIN_S,)),
    ("docs/survival.md", "`[scan] missing_keep_days` ({})", (SETTINGS.scan.missing_keep_days,)),
    (
        "docs/survival.md",
        "| {} % of a folder and {} files vanish at once",
        (findings._MANY_LOST_SHARE * 100, findings._MANY_LOST),
    ),
    ("docs/survival.md", "keeps the newest {}. A copy", (Word(backups.KEEP),)),
    ("docs/survival.md", "first {} seconds of it", (survival.CHECK_S,)),
    ("docs/survival.md", "FROM vector_v{}`", (PARAMS.version,)),
    ("docs/survival.md", "({}: never; Soundkin's own workers", (SETTINGS.analysis.pause_above_load,)),
    ("docs/survival.md", "Missing files are kept {} days", (SETTINGS.scan.missing_keep_days,)),
    ("docs/survival.md", "Batches of {} files or a second", (batch.BATCH_FILES,)),
    ("docs/survival.md", "with {} numbers a vector", (PARAMS.num_dimensions,)),
    ("docs/glossary.md", "kept for {} days (`scan.missing_keep_days`)", (SETTINGS.scan.missing_keep_days,)),
    ("docs/glossary.md", "one of {} places of the page", (limits.SLOTS,)),
    ("docs/cli.md", "before its time ({} days)", (SETTINGS.scan.missing_keep_days,)),
    (
        "docs/cli.md",
        "Exit codes: 0 ok, {} failed (one line on stderr says why), {} usage, {} daemon not running",
        (context.EXIT_FAILED, context.EXIT_USAGE, context.EXIT_NOT_RUNNING),
    ),
    ("docs/cli.md", "Exit code {} if an option is among them, else {}", (context.EXIT_USAGE, context.EXIT_FAILED)),
    ("docs/cli.md", "exit code {} when something is wrong", (context.EXIT_FAILED,)),
    ("docs/cli.md", "says what the library holds and exits with code {}", (context.EXIT_NOT_RUNNING,)),
    ("docs/cli.md", "names the file, with exit code {}", (context.EXIT_FAILED,)),
    (
        "docs/architecture.md",
        "at most {} files or {} second apart",
        (batch.BATCH_FILES, Word(batch.BATCH_S)),
    ),
    ("docs/architecture.md", "on events, every {} minutes", (Word(SETTINGS.scan.interval_s / 60),)),
    ("docs/architecture.md", "switch interval is {} ms", (app._SWITCH_INTERVAL_S * 1000,)),
    ("docs/reaper.md", "one of the {} most similar", (lua("swap", "PAGE"),)),
    ("docs/reaper.md", "each item's first {}", (lua("kit", "FOR_CHANCE"),)),
    ("docs/reaper.md", "more than {} items", (lua("kit", "MOST_SLOTS"),)),
    ("docs/reaper.md", "beyond the {}th place", (lua("kit", "MOST_EACH"),)),
    (
        "docs/reaper.md",
        "by at most {} dB up and {} dB down",
        (lua("preview", "MOST_GAIN_DB"), -lua("preview", "LEAST_GAIN_DB")),
    ),
    ("docs/reaper.md", "set its weight from 0 to {}", (lua("model", "HIGHEST"),)),
    ("docs/reaper.md", "device port `{}`", (str(DEFAULT_PORT),)),
    ("docs/reaper.md", "A number below {} (a button's release)", (limits.PRESSED,)),
    ("docs/reaper.md", "within {} seconds it says", (lua("setup", "START_LIMIT_S"),)),
    ("docs/features.md", "a vector of {} numbers", (PARAMS.num_dimensions,)),
    ("docs/features.md", "Feature version: {} ", (PARAMS.version,)),
    ("docs/features.md", "the first sample within {} dB of the peak", (-shape.ONSET_DB,)),
    ("docs/features.md", "of up to {} minutes", (Word(decode.SILENCE_SKIP_S / 60),)),
    ("docs/features.md", "At most {} seconds are read", (Word(decode.ANALYSED_S),)),
    ("docs/features.md", "Frequencies above {} kHz are ignored", (frames.FMAX_HZ / 1000,)),
    ("docs/features.md", "frames last {} ms at any rate", (frames.WINDOW_S * 1000,)),
    ("docs/features.md", "{} x {} two-dimensional cosine transform", timbre.COEFFICIENTS),
    ("docs/features.md", "levels in {} bands", (frames.N_BANDS,)),
    ("docs/features.md", "until {} % of its energy", (timbre.ENERGY * 100,)),
    ("docs/features.md", "the same, {} x {}, on logarithmic time", motion.COEFFICIENTS),
    ("docs/features.md", "after the onset: {} ms", (", ".join(f"{int(edge * 1000):,}" for edge in motion.EDGES_S),)),
    ("docs/features.md", "and above {} kHz", (spectrum.REGISTERS_HZ[-2] / 1000,)),
    ("docs/features.md", "roughness of the first {} ms", (envelope._ATTACK_S * 1000,)),
    ("docs/features.md", "clipped at {} standard deviations", (vector.CLIP,)),
    ("docs/features.md", "1 / (1 + (distance / {})^{})`", (HALF, STEEPNESS)),
    ("docs/features.md", "0.5 at distance {}", (HALF,)),
    ("config/layouts/README.md", "send port {}", (str(DEFAULT_PORT),)),
    ("scripts/reaper/soundkin/soundkin.ReaperOSC", "device port {}", (str(DEFAULT_PORT),)),
    ("docs/clients/find_similar.sh", "${{1:-{}}}", (str(DEFAULT_PORT),)),
    ("docs/clients/find_similar.ck", "{} => int port", (str(DEFAULT_PORT),)),
    ("docs/clients/find_similar.pd", "msg 150 90 {};", (str(DEFAULT_PORT),)),
    ("docs/clients/find_similar.scd", '? "{}")', (str(DEFAULT_PORT),)),
    ("docs/clients/find_similar.py", "else {}\n", (str(DEFAULT_PORT),)),
    ("docs/clients/find_similar.lua", "or {})", (str(DEFAULT_PORT),)),
]
"""Document, phrase, numbers."""

OTHERS: list[tuple[str, str]] = [
    ("docs/osc.md", "with id 0 named"),
    ("docs/osc.md", "is answered with error 1"),
    ("docs/search.md", "it found 95 % and"),
    ("README.md", "Python 3.11 or newer"),
    ("docs/osc.md", "results were sent (2), how many there are (812)"),
    ("docs/osc.md", "(3.0 is 3)"),
    ("docs/osc.md", "its release (0)"),
    ("docs/osc.md", "what RFC 6455 does not allow"),
    ("docs/osc.md", "text that is not UTF-8"),
    ("docs/osc.md", "receives on 57120"),
    ("docs/osc.md", "127.0.0.1 instead of localhost"),
    ("docs/search.md", "weights 0.5 and 0.5"),
    ("docs/search.md", "0..1. A sample"),
    ("docs/search.md", "is 139.5 up to 140.5"),
    ("docs/search.md", "is 1.45 up to 1.55"),
    ("docs/search.md", "counts 0 bytes"),
    ("docs/search.md", "lies at 0.00 from its original; 91 % of Ogg Vorbis, 95 % of MP3 and 84 % of resampled"),
    ("docs/search.md", "below 0.75. Among 700 different files there are 38 such pairs"),
    ("docs/search.md", "no neighbour within 3.8"),
    ("docs/search.md", "holds 8-bit numbers"),
    ("docs/search.md", "numpy columns of 2 to 8 bytes"),
    ("docs/cli.md", "how sure that is, from 0 to 1"),
    ("docs/glossary.md", "from 0 up; how alike, 1 to 0"),
    ("docs/architecture.md", "instead of 5, so"),
    ("SECURITY.md", "(and ::1)"),
    ("docs/reaper.md", "(REAPER 7.35)"),
    ("docs/reaper.md", "(some 50 items by UDP)"),
    ("docs/reaper.md", "ReaImGui (0.9 or newer)"),
    ("docs/reaper.md", "weights back to 1"),
    ("docs/reaper.md", "such as 8010"),
    ("docs/reaper.md", "older than 7.03"),
    ("docs/reaper.md", "see step 9 below"),
]
"""Document and phrase whose numbers are no constants: examples, measurements, versions, other programs."""

WHOLE = {
    "README.md": "## Figures",
    "docs/osc.md": "## Addresses",
    "docs/search.md": "## Figures",
    "docs/survival.md": "## Footprint",
    "docs/cli.md": "",
    "docs/glossary.md": "",
    "docs/architecture.md": "",
    "SECURITY.md": "",
    "docs/reaper.md": "## What the tests cannot prove",
}
"""Documents in which every number is accounted for, up to a heading."""

_CODE = re.compile(r"```.*?```|^    .*?$|`[^`\n]*`|\]\([^)]*\)|<http[^>]*>|ADR \d+|^\d+\. ", re.DOTALL | re.MULTILINE)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")


def unaccounted(document: str) -> Iterator[str]:
    """The numbers of a document's prose that stand in no phrase of the two lists, with what is around them."""
    text = (TOP / document).read_text("utf-8")
    text = text.partition(f"\n{WHOLE[document]}")[0] if WHOLE[document] else text
    phrases = [phrase.format(*map(shown, values)) for name, phrase, values in QUOTED if name == document]
    phrases += [phrase for name, phrase in OTHERS if name == document]
    patterns = [r"\s+".join(map(re.escape, phrase.split())) for phrase in phrases]
    covered = [found.span() for pattern in patterns for found in re.finditer(pattern, text)]
    prose = _CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for number in _NUMBER.finditer(prose):
        if not any(start <= number.start() < end for start, end in covered):
            yield " ".join(text[max(0, number.start() - 40) : number.end() + 40].split())
