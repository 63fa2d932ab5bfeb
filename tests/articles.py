"""Three small articles for tests: plain text, Markdown and HTML."""

from pathlib import Path

__all__ = ["write_articles"]


def write_articles(folder: Path) -> Path:
    """Write them into a new folder and return it."""
    folder.mkdir()
    (folder / "bridge.txt").write_text(
        "Bridge closed for repairs\n\n"
        "The harbour bridge was closed on 3 March 2021. Repairs will cost 40 million dollars, the city said.\n\n"
        "Traffic is led over the old ferry. The ferry carries 900 cars a day.\n"
    )
    (folder / "school.md").write_text(
        "---\ntitle: A new school\noutlet: Harbour Post\npublished: 2021-05-04\n---\n"
        "# A new school\n\nThe council voted for a new school on Monday.\n\n"
        '## What it costs\n\n"We will not raise taxes for it," said Councillor Abara. The school will have 600 pupils.\n'
    )
    (folder / "storm.html").write_text(
        "<!doctype html><html lang='en'><head><title>Storm floods the old town</title>"
        "<meta property='og:site_name' content='Harbour Post'>"
        "<meta property='article:published_time' content='2021-11-20T07:00:00Z'></head><body>"
        "<nav><a href='/'>Home</a></nav><article><h1>Storm floods the old town</h1>"
        "<p>A storm flooded the old town on Friday night. Four hundred people were brought to safety in boats.</p>"
        "<p>The mayor, Ines Falk, told Radio Nord that the sea wall had failed. She said it would be rebuilt within a year.</p>"
        "</article><footer>Imprint</footer></body></html>"
    )
    return folder
