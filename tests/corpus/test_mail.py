"""Mail gives its words, who wrote them and when; attachments are documents; what is encrypted is said to be."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.readers import read
from corpus.types import Extract

PAGE = "<html><body><p>The harbour bridge was closed on Monday, the mayor said in the hall.</p></body></html>"


def message(subject: str = "The bridge") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = "Ines Falk <ines@example.org>"
    mail["To"] = "all@example.org"
    mail["Date"] = "Mon, 01 Mar 2021 23:30:00 -0500"
    mail["Message-ID"] = "<b1@example.org>"
    mail.set_content("The bridge is closed.\n\n> When does it open?\n\nIn June.\n")
    return mail


def found_in(folder: Path, data: bytes, name: str = "a.eml") -> list[Extract | SourceError]:
    path = folder / name
    path.write_bytes(data)
    return list(read(path))


def one(folder: Path, mail: EmailMessage) -> Extract:
    (found,) = found_in(folder, mail.as_bytes())
    assert isinstance(found, Extract)
    return found


def test_a_message_says_who_wrote_it_and_when(tmp_path: Path) -> None:
    found = one(tmp_path, message("Die Brücke – geschlossen"))
    assert (found.title, found.authors, found.published) == ("Die Brücke – geschlossen", ("Ines Falk",), "2021-03-01")
    assert (found.row, found.outlet, found.media_type) == (None, None, "message/rfc822")
    assert "> When does it open?" in found.text


def test_the_plain_part_is_preferred_and_the_html_part_read_where_it_has_no_words(tmp_path: Path) -> None:
    mail = message()
    mail.add_alternative(PAGE, subtype="html")
    assert "In June." in one(tmp_path, mail).text
    mail = message()
    mail.set_content(" \n")
    mail.add_alternative(PAGE.replace("Monday", "Mönday"), subtype="html", charset="iso-8859-1")
    found = one(tmp_path, mail)
    assert found.text == "The harbour bridge was closed on Mönday, the mayor said in the hall."
    assert found.title == "The bridge"


@pytest.mark.parametrize("date", ["not a date", "Mon, 99 Foo 2021 10:00:00 +0000", ""])
def test_a_date_that_is_none_stays_unknown(tmp_path: Path, date: str) -> None:
    mail = message()
    del mail["Date"]
    found = found_in(tmp_path, f"Date: {date}\n".encode() + mail.as_bytes())[0]
    assert isinstance(found, Extract)
    assert found.published is None


def test_what_is_attached_becomes_documents_of_its_own(tmp_path: Path) -> None:
    mail = message()
    mail.add_attachment("Port;Ships\n", filename="../../notes/ports.txt")
    mail.add_attachment("Other words.", filename="ports.txt")
    mail.add_attachment(b"\x89PNG\r\n\x1a\n" + bytes(40), maintype="image", subtype="png", filename="map.png")
    mail.add_attachment(b"%PDF-1.4 broken", maintype="application", subtype="pdf", filename="a.pdf")
    mail.add_attachment(message("Re: ferry/boat"))
    found = found_in(tmp_path, mail.as_bytes())
    rows = [each.row for each in found if isinstance(each, Extract)]
    assert rows == [None, "notes ports.txt", "ports.txt", "Re: ferry boat.eml"]
    errors = [str(each) for each in found if isinstance(each, SourceError)]
    assert [error.partition(":")[0] for error in errors] == [f"{tmp_path}/a.eml#map.png", f"{tmp_path}/a.eml#a.pdf"]
    assert "OCR" in errors[0] and "not a readable PDF" in errors[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.eml"]


def test_two_attachments_of_one_name_are_two_documents(tmp_path: Path) -> None:
    mail = message()
    for words in ("Some words.", "Other words."):
        mail.add_attachment(words, filename="a.txt")
    assert [each.row for each in found_in(tmp_path, mail.as_bytes()) if isinstance(each, Extract)] == [
        None,
        "a.txt",
        "a.txt (2)",
    ]


def test_pictures_in_the_text_and_signatures_are_no_documents(tmp_path: Path) -> None:
    mail = message()
    mail.add_related(b"\x89PNG" + bytes(9), maintype="image", subtype="png", cid="<logo>", filename="logo.png")
    mail.make_mixed()
    mail.attach(signature := EmailMessage())
    signature.set_content(b"MIIB", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    assert one(tmp_path, mail).text.startswith("The bridge is closed.")


def test_messages_attached_to_messages_are_read_to_a_bounded_depth(tmp_path: Path) -> None:
    mail = message("0")
    for depth in range(1, 8):
        outer = message(str(depth))
        outer.add_attachment(mail)
        mail = outer
    found = found_in(tmp_path, mail.as_bytes())
    assert [each.title for each in found if isinstance(each, Extract)] == ["7", "6", "5", "4", "3"]
    (error,) = (each for each in found if isinstance(each, SourceError))
    assert "files deep in others" in str(error)


@pytest.mark.parametrize(
    ("head", "body", "says"),
    [
        ("Content-Type: multipart/encrypted; boundary=x", "--x\n\n--x--\n", r"encrypted \(PGP\)"),
        ("Content-Type: text/plain", "-----BEGIN PGP MESSAGE-----\n\nhQ==\n", r"encrypted \(PGP\)"),
        ('Content-Type: application/pkcs7-mime; smime-type="enveloped-data"', "MIIB\n", r"encrypted \(S/MIME\)"),
        ('Content-Type: application/pkcs7-mime; smime-type="signed-data"', "MIIB\n", r"signed in a form .*\(S/MIME\)"),
    ],
)
def test_an_encrypted_message_is_said_to_be(tmp_path: Path, head: str, body: str, says: str) -> None:
    data = f"From: a@example.org\nMIME-Version: 1.0\nSubject: x\n{head}\n\n{body}"
    with pytest.raises(SourceError, match=says):
        found_in(tmp_path, data.encode())


@pytest.mark.parametrize(
    "data",
    [
        b"MIME-Version: 1.0\nFrom: =?nonsense?Q?=FF?= <a@b>\nSubject: =?utf-8?B?!!!?=\n\nThe words of it.",
        b"MIME-Version: 1.0\nFrom: a\nContent-Type: text/plain; charset=nonsense\n\nThe words of it.",
        b"MIME-Version: 1.0\nFrom: a\nContent-Type: multipart/mixed\n\nThe words of it.",
        b"MIME-Version: 1.0\nFrom: a\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nVGhlIHdvcmRzIG9mIGl0Lg",
        "MIME-Version: 1.0\nFrom: a\n\nThe words of it.".encode("utf-16"),
    ],
)
def test_a_message_with_mistakes_is_read_all_the_same(tmp_path: Path, data: bytes) -> None:
    (found,) = found_in(tmp_path, data)
    assert isinstance(found, Extract)
    assert found.text == "The words of it."


def test_a_message_saved_with_a_mailbox_line_is_one_message(tmp_path: Path) -> None:
    (found,) = found_in(tmp_path, b"From ines@example.org Mon Mar  1 10:00:00 2021\n" + message().as_bytes())
    assert isinstance(found, Extract)
    assert (found.row, found.title) == (None, "The bridge")


def test_a_mailbox_is_read_message_by_message(tmp_path: Path) -> None:
    without = message("No id")
    del without["Message-ID"]
    both = [message(), message("Same id"), without]
    data = b"".join(b"From ines@example.org Mon Mar  1 10:00:00 2021\n" + mail.as_bytes() + b"\n" for mail in both)
    data = data.replace(b"In June.", b">From June on.")
    found = found_in(tmp_path, data, "a.mbox")
    assert all(isinstance(each, Extract) and "\nFrom June on." in each.text for each in found)
    assert [each.row for each in found if isinstance(each, Extract)] == ["b1@example.org", "b1@example.org (2)", "3"]


def test_a_saved_page_has_its_address_and_not_the_day_it_was_saved(tmp_path: Path) -> None:
    data = (
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://example.org/bridge\nSubject: Bridge\n"
        "Date: Mon, 1 Mar 2021 10:00:00 +0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="x"\n\n--x\nContent-Type: text/html\n'
        "Content-Transfer-Encoding: quoted-printable\nContent-Location: https://example.org/bridge\n\n"
        f"{PAGE.replace('Monday', 'M=C3=B6nday')}\n--x\nContent-Type: image/png\n\nxx\n--x--\n"
    )
    (found,) = found_in(tmp_path, data.encode(), "a.mhtml")
    assert isinstance(found, Extract)
    assert "closed on Mönday" in found.text
    assert (found.url, found.published, found.title) == ("https://example.org/bridge", None, "Bridge")
