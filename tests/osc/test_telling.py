"""What callers are told that are not told where files lie."""

from __future__ import annotations

import pytest

from osc_wire import Wire
from soundkin.errors import AnalysisError, BadArgumentError, LibraryError, SoundkinError, UnknownPathError
from soundkin_osc.peers.sessions import Sessions
from soundkin_osc.peers.telling import names_a_path, reason


@pytest.mark.parametrize(
    "text",
    [
        "/home/ann/kick.wav: gone",
        "'/home/ann' is not a folder",
        r"C:\\Samples\\kick.wav",
        r"\\\\nas\\share",
        "Drums/kick.wav",
        "/",
        "/soundkin/home/ann/kick.wav is gone",
        "/soundkinhome/x",
        "say /soundkin/hello, then look at /home",
    ],
)
def test_a_text_with_a_slash_may_name_a_path(text: str) -> None:
    assert names_a_path(text)


@pytest.mark.parametrize("text", ["no sample has the id 7", "say /soundkin/hello, then /soundkin/confirm.", "12.5", ""])
def test_a_text_without_one_or_with_an_address_of_ours_does_not(text: str) -> None:
    assert not names_a_path(text)


@pytest.mark.parametrize("kind", [AnalysisError, BadArgumentError, LibraryError, UnknownPathError, SoundkinError])
def test_an_error_that_names_a_path_is_told_by_its_code_alone(kind: type[SoundkinError]) -> None:
    here, there = Wire("a", Sessions()), Wire("b", Sessions(), sees_paths=False)
    error = kind("/home/ann/kick.wav: gone")
    assert reason(error, here) == "/home/ann/kick.wav: gone"
    assert "/home" not in reason(error, there)
    assert reason(error, there) != ""
    assert reason(kind("gone"), there) == "gone"
