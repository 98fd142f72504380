"""Documents of many pages, and texts, that the other samples do not cover."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

from fpdf import FPDF

AT = datetime(2026, 1, 1, tzinfo=UTC)
_WINDS = ("calm", "light", "fresh", "strong")


def almanac(pages: int) -> bytes:
    """A PDF of so many pages, each with a heading, a table and a paragraph of its own."""
    pdf = FPDF()
    pdf.set_creation_date(AT)
    pdf.set_title("Almanac of the harbour")
    for page in range(1, pages + 1):
        pdf.add_page()
        pdf.set_font("Helvetica", "B", 16)
        pdf.cell(text=f"Week {page}", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("Helvetica", size=10)
        for day in range(1, 8):
            high = (page * 31 + day * 17) % 60 / 10
            for text in (f"Day {day}", f"high water {high:.1f} m", f"wind {_WINDS[(page + day) % 4]}"):
                pdf.cell(w=50, h=7, text=text)
            pdf.ln()
        pdf.multi_cell(w=0, h=6, text=f"In week {page} {page * 13 % 40 + 5} ships came in, and as many left.")
    # A comment with a NUL: tools that look for one, git for example, then take the file for the binary that it is.
    return bytes(pdf.output()) + b"%\x00\n"


def almanac_pdf() -> bytes:
    """A year of pages, one for each of 26 fortnights."""
    return almanac(26)


def song_txt() -> bytes:
    """A text to make a vector of."""
    return (
        "The pier is long, the pier is old,\nthe ships come in from Łódź with gold,\n"
        "the keeper counts them, one by one,\nand lights the lamp when he is done.\n"
    ).encode()


def crew_eml() -> bytes:
    """An e-mail in plain text, with a table attached."""
    message = _message("Crew of the Aurora", "Zoë <zoe@example.com>")
    message.set_content("Dear harbour master,\n\nattached is the list of the crew. We come in at noon.\n\nZoë\n")
    message.add_attachment("name,ship\nZoë,Aurora\nKenji,Hikari\n", subtype="csv", filename="crew.csv")
    return _bytes(message)


def notice_eml() -> bytes:
    """An e-mail in HTML alone."""
    message = _message("Pier 3 is closed", "harbour@example.com")
    rows = "".join(f"<tr><td>{pier}</td><td>{is_open}</td></tr>" for pier, is_open in (("2", "yes"), ("3", "no")))
    table = f"<table><tr><th>pier</th><th>open</th></tr>{rows}</table>"
    message.set_content(f"<html><body><h1>Notice</h1><p>Use <b>pier 2</b>.</p>{table}</body></html>", subtype="html")
    return _bytes(message)


def _message(subject: str, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "master@example.com"
    message["Date"] = AT
    message["Subject"] = subject
    return message


def _bytes(message: EmailMessage) -> bytes:
    if message.is_multipart():
        message.set_boundary("a-boundary-that-stays")
    return message.as_bytes()
