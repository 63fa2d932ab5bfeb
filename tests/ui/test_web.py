"""The web page's HTML: whatever stands in a document, a file name or a question is shown as text, in its place."""

import socket

import pytest

from corpus.errors import OnRecordError
from ui.web.naming import day


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("2022-08-06", "6 August 2022"),
        ("2022-08", "August 2022"),
        ("2022", "2022"),
        (None, "date unknown"),
        ("soon", "soon"),
    ],
)
def test_a_date_is_shown_in_the_precision_that_is_known(published: str | None, shown: str) -> None:
    assert day(published) == shown


def test_a_port_that_is_taken_is_an_error_for_the_user() -> None:
    from ui.web.app import serve

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OnRecordError, match="Address already in use"):
        serve(None, "127.0.0.1", taken.getsockname()[1], print)  # type: ignore[arg-type]
