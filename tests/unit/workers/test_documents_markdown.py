import io
import socket
import zipfile

import docx
import openpyxl
import pytest
from fpdf import FPDF

from contracts.documents import CSV, DOCX, EML, HTML, PDF, XLSX
from documents_worker.markdown import markdown_of
from durable import NonRetryable
from tests.support.samples import sample


def a_scan() -> bytes:
    pdf = FPDF()
    pdf.add_page()
    pdf.rect(10, 10, 100, 100)
    return bytes(pdf.output())


def an_empty_document() -> bytes:
    file = io.BytesIO()
    docx.Document().save(file)
    return file.getvalue()


def an_empty_workbook() -> bytes:
    file = io.BytesIO()
    openpyxl.Workbook().save(file)
    return file.getvalue()


def an_archive(*names: str, content: str = "x") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "media_type", "expected"),
    [
        ("report.pdf", PDF, "Harbour report: page 5 of 5"),
        ("minutes.docx", DOCX, "# Minutes of the harbour board"),
        ("minutes.docx", DOCX, "| Paint | May |"),
        ("ships.xlsx", XLSX, "| Hikari | Kobe | 5400.5 |"),
        ("ships.xlsx", XLSX, "## Crew"),
        ("harbours.html", HTML, "* Łódź"),
        ("crew.eml", EML, "**From:** Zoë <zoe@example.com>"),
        ("crew.eml", EML, "We come in at noon."),
        ("crew.eml", EML, "- crew.csv (text/csv, 35 bytes)"),
        ("notice.eml", EML, "Use **pier 2**."),
        ("tides.csv", CSV, '| Valparaíso | 1 | 0.7 | high, "spring" |'),
    ],
)
def test_a_document_becomes_markdown(name: str, media_type: str, expected: str) -> None:
    assert expected in markdown_of(sample(name), media_type)


@pytest.mark.parametrize(
    ("data", "media_type", "told"),
    [
        (sample("corrupt.pdf"), PDF, "it is damaged"),
        (sample("damaged-page.pdf"), PDF, "page 4 is damaged"),
        (sample("minutes.docx"), PDF, "found a ZIP archive"),
        (sample("minutes.docx"), XLSX, "found DOCX document"),
        (sample("ships.xlsx"), DOCX, "found XLSX workbook"),
        (sample("report.pdf"), DOCX, "found a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", DOCX, "found an old or encrypted Office file"),
        (sample("minutes.docx")[:9000], DOCX, "ZIP archive is damaged"),
        (an_archive("a.txt"), XLSX, "found another kind of archive of 1 parts"),
        (an_archive("word/document.xml"), DOCX, "could not be converted"),
        (an_archive("xl/workbook.xml", content="<workbook/>"), XLSX, "could not be converted"),
        (sample("report.pdf"), HTML, "expected text/html; found a PDF"),
        (sample("ships.xlsx"), CSV, "expected text/csv; found a ZIP archive"),
        (b"a,b\x00c\n", CSV, r"control character U\+0000 at character 3"),
        (b"\xff\xfea", CSV, "in utf-16-le, as its byte order mark says"),
        (b"a\x81\x8d\n", CSV, "bytes of neither"),
        (b"hello", "text/plain", "expected one of application/pdf"),
    ],
)
def test_what_is_not_of_its_type_is_a_final_failure_that_says_why(data: bytes, media_type: str, told: str) -> None:
    with pytest.raises(NonRetryable, match=told):
        markdown_of(data, media_type)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"no headers at all", "found no From"),
        (b"From: a@example.com\n\ntext", "found no Date"),
        (b"From: a@example.com\nDate: x\nSubject: " + b"a" * 40_000 + b"\n\n", "found one of 400"),
        (b"From: a@b.c\nDate: x\nContent-Type: text/plain; charset=none\n\n\xff", "could not be converted"),
    ],
)
def test_what_is_no_email_is_a_final_failure_that_says_why(data: bytes, told: str) -> None:
    with pytest.raises(NonRetryable, match=told):
        markdown_of(data, EML)


def test_an_email_of_hostile_depth_is_a_final_failure() -> None:
    parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))

    with pytest.raises(NonRetryable, match="could not be converted"):
        markdown_of(b"From: a@b.c\nDate: x\n" + parts, EML)


@pytest.mark.parametrize("media_type", [PDF, DOCX, XLSX, HTML, CSV, EML])
@pytest.mark.parametrize("data", [b"", b" \r\n\x00"])
def test_an_empty_file_is_a_final_failure(media_type: str, data: bytes) -> None:
    with pytest.raises(NonRetryable, match="found an empty file"):
        markdown_of(data, media_type)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (a_scan(), PDF),
        (an_empty_document(), DOCX),
        (an_empty_workbook(), XLSX),
        (b"<html><body><img src='http://example.com/a.png'><script>var a = 1</script></body></html>", HTML),
        (b",,\n,,\n", CSV),
    ],
)
def test_a_document_without_text_is_a_final_failure(data: bytes, media_type: str) -> None:
    with pytest.raises(NonRetryable, match=r"expected text in the document of type .*; found none"):
        markdown_of(data, media_type)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        ("Größe,1\n".encode("cp1252"), CSV),
        ("\ufeffGröße,1\n".encode(), CSV),
        ("\ufeffGröße,1\n".encode("utf-16-le"), CSV),
        ("\ufeffGröße,1\n".encode("utf-16-be"), CSV),
        ('<meta charset="iso-8859-15"><p>Größe €</p>'.encode("iso-8859-15"), HTML),
        ('<meta charset="nonsense"><p>Größe</p>'.encode(), HTML),
    ],
)
def test_text_is_read_in_the_encoding_that_it_has(data: bytes, media_type: str) -> None:
    assert "Größe" in markdown_of(data, media_type)


def a_document_with_a_picture_elsewhere() -> bytes:
    source = io.BytesIO(sample("minutes.docx"))
    file = io.BytesIO()
    picture = (
        '<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:imagedata r:id="rId99" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></v:shape></w:pict></w:r></w:p>'
    )
    relation = (
        '<Relationship Id="rId99" TargetMode="External" Target="http://example.com/a.png" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"/></Relationships>'
    )
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "word/document.xml":
                text = text.replace(b"<w:body>", b"<w:body>" + picture.encode())
            if name == "word/_rels/document.xml.rels":
                text = text.replace(b"</Relationships>", relation.encode())
            new.writestr(name, text)
    return file.getvalue()


def test_no_document_makes_the_worker_reach_out(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[object] = []

    def refuse(*arguments: object) -> None:
        reached.append(arguments)
        raise OSError("no network here")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    html = b"<link rel=stylesheet href=http://example.com/a.css><p>text<img src=http://example.com/a.png></p>"

    for data, media_type in (
        (sample("report.pdf"), PDF),
        (sample("minutes.docx"), DOCX),
        (a_document_with_a_picture_elsewhere(), DOCX),
        (sample("ships.xlsx"), XLSX),
        (html, HTML),
        (sample("tides.csv"), CSV),
    ):
        try:
            markdown_of(data, media_type)
        except NonRetryable as error:
            reached += [error] if "no network" in str(error) else []

    assert reached == []
