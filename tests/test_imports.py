"""The house has one direction: each package imports only from those below it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ["corpus", "index", "assistant", "evals", "ui"]  # from the ground up


@pytest.mark.parametrize("package", FLOORS)
def test_a_package_imports_only_from_those_below_it(package: str) -> None:
    allowed = set(FLOORS[: FLOORS.index(package) + 1])
    for path in (ROOT / package).rglob("*.py"):
        imported = {name for name in _imports(path) if name in FLOORS}
        assert imported <= allowed, f"{path.relative_to(ROOT)} imports {sorted(imported - allowed)}"


@pytest.mark.parametrize(
    ("library", "only"),
    [
        ("chromadb", {"index/vectors.py"}),
        ("tantivy", {"index/lexical.py"}),
        ("ray", {"index/ray.py"}),
        ("httpcore", {"corpus/exchange.py"}),
        ("py3langid", {"corpus/languages.py"}),
        ("babel", {"corpus/languages.py"}),
        ("puremagic", {"corpus/readers/kinds.py"}),
        ("docutils", {"corpus/readers/rst.py"}),
        ("protego", {"corpus/web.py"}),
        ("feedparser", {"corpus/feeds.py"}),
        ("mcp", {"ui/api/mcp.py"}),
        (
            "sqlite3",
            {"corpus/catalog.py", "corpus/edits.py", "corpus/groups.py", "corpus/inputs.py", "corpus/schema.py"},
        ),
    ],
)
def test_a_library_is_imported_in_one_place_only(library: str, only: set[str]) -> None:
    found = {
        str(p.relative_to(ROOT)) for floor in FLOORS for p in (ROOT / floor).rglob("*.py") if library in _imports(p)
    }
    assert found == only


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names
