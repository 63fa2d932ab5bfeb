"""Front matter: metadata as YAML between two lines of `---` at the head of a text."""

import re
from pathlib import Path

import yaml

from corpus.errors import SourceError
from corpus.readers.metadata import metadata_fields

__all__ = ["front_matter"]

FRONT_MATTER = re.compile(r"\A\s*?---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


class _Plain(yaml.SafeLoader):
    """Refuses aliases: ten lines of them are a text of gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def front_matter(source: str, path: Path) -> tuple[dict[str, object], str]:
    """Return the fields of an Extract that front matter states, and the text below it; of a text without it the text itself.

    Raises SourceError if what stands between the marks states fields in no valid YAML.
    """
    match = FRONT_MATTER.match(source)
    if match is None:
        return {}, source
    try:
        stated = yaml.load(match.group(1), _Plain)  # a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SourceError(
            f"{path}: its front matter is not valid YAML. Correct the lines between the --- marks."
        ) from error
    if not isinstance(stated, dict):  # two rules with words between them
        return {}, source
    return metadata_fields(stated, str(path)), source[match.end() :]
