"""Error codes have one source: numbers and meanings in the bridge's table, words on the classes; none is repeated."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import soundkin_daemon.app  # noqa: F401 - brings every class of errors in
from soundkin import errors
from soundkin.analysis.jobs import exception_of, failure_of
from soundkin_osc.client.reply_lines import error_from
from soundkin_osc.protocol import error_codes, replies
from soundkin_osc.protocol.error_codes import Code, code_of
from soundkin_osc.protocol.reference import reference

TOP = Path(__file__).parents[2]
KINDS = list(dict.fromkeys(errors.kinds_of(errors.SoundkinError)))
WIRE = [
    (1, errors.BadArgumentError),
    (1, errors.QueryError),
    (3, errors.UnknownPathError),
    (3, errors.AnalysisError),
    (3, errors.DecodeError),
    (4, errors.UnknownSampleError),
    (5, error_codes.BusyError),
    (6, errors.VectorIndexError),
    (6, errors.StaleIndexError),
    (6, error_codes.NoMapError),
    (7, error_codes.TooLargeError),
    (8, error_codes.DeniedError),
    (9, errors.LibraryError),
    (9, errors.ConfigError),
    (9, errors.SoundkinError),
    (10, error_codes.CancelledError),
]
"""Numbers that clients of docs/osc.md were promised, with what is raised."""


@pytest.mark.parametrize(("number", "kind"), WIRE)
def test_an_error_goes_out_as_the_number_that_was_promised(number: int, kind: type[errors.SoundkinError]) -> None:
    assert code_of(kind("x")) == number


def test_numbers_leave_no_gap_and_the_document_has_a_row_for_each() -> None:
    assert [code.value for code in Code] == list(range(1, 11))
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", reference(), re.MULTILINE)
    assert rows == [(str(code.value), code.meaning) for code in Code]


@pytest.mark.parametrize("number", range(1, 11))
def test_what_a_client_raises_for_a_number_is_what_a_daemon_sends_as_it(number: int) -> None:
    raised = error_from(replies.error(7, number, "/soundkin/x", "the reason"))
    assert code_of(raised) == number
    assert str(raised) == "the reason"


def test_a_number_of_a_later_daemon_is_still_an_error_of_ours() -> None:
    assert type(error_from(replies.error(7, 99, "/soundkin/x", "new"))) is errors.SoundkinError


def test_no_two_classes_share_a_code() -> None:
    own = [kind for kind in KINDS if "code" in vars(kind)]
    codes = [kind.code for kind in own]
    assert len(own) > 20
    assert sorted(codes) == sorted(set(codes))
    assert [code for code in codes if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)] == []


@pytest.mark.parametrize("kind", list(errors.kinds_of(errors.AnalysisError)), ids=lambda kind: kind.code)
def test_a_failure_comes_back_from_a_worker_as_what_it_was(kind: type[errors.AnalysisError]) -> None:
    back = exception_of(failure_of(kind("why")), "/a.wav")
    assert type(back) is kind
    assert str(back) == "why"


def test_no_code_is_written_out_where_a_failure_or_a_reply_is_made() -> None:
    """The first argument of `Failure(...)` and the second of `replies.error(...)` come from the tables."""
    found = []
    for path in [*TOP.glob("daemon/**/*.py"), *TOP.glob("bridge/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            at = {"Failure": 0, "replies.error": 1, "error": 1, "AnalysisFailure": 2}.get(name)
            code = node.args[at] if at is not None and len(node.args) > at else None
            written = [word.value for word in node.keywords if word.arg == "code"] + ([code] if code else [])
            found += [f"{path.name}:{node.lineno}" for each in written if isinstance(each, ast.Constant)]
    assert found == []


def test_the_scripts_know_the_number_that_they_use() -> None:
    text = (TOP / "scripts/reaper/soundkin/soundkin_lib/ask.lua").read_text("utf-8")
    said = re.search(r"M\.TOO_LARGE = (\d+)", text)
    assert said is not None
    assert int(said[1]) == Code.TOO_LARGE
