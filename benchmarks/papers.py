"""Documents written by code for the tests and benchmarks: a PDF of plain lines, a docx of plain paragraphs."""

from collections.abc import Sequence
from pathlib import Path

__all__ = ["written_docx", "written_pdf"]

TOP, LEADING, SIZE = 760, 14, 11  # points


def written_pdf(path: Path, pages: Sequence[Sequence[str]], rotated: int = 0) -> Path:
    """Write a PDF whose pages have these lines in Helvetica, "" for a gap; return its path."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, lines in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate {rotated} /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        shown = "".join(f"({_escaped(line)}) Tj 0 -{LEADING} Td\n" for line in lines)
        stream = f"BT /F1 {SIZE} Tf 60 {TOP} Td\n{shown}ET"
        objects.append(f"<< /Length {len(stream.encode('latin-1'))} >>\nstream\n{stream}\nendstream")
    data, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    path.write_bytes(data + end.encode("latin-1"))
    return path


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def written_docx(path: Path, paragraphs: Sequence[str]) -> Path:
    """Write a Word document of these paragraphs; return its path."""
    from docx import Document

    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(str(path))
    return path
