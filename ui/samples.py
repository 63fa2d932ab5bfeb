"""The sample corpus that comes with OnRecord: where it lies, and what to ask of it first."""

from pathlib import Path

__all__ = ["QUESTION", "TAG", "sample_folders"]

TAG = "sample"
QUESTION = "How many cargo ships had left Ukraine under the grain deal?"


def sample_folders() -> list[Path]:
    """Return the folders of the sample documents."""
    from importlib.resources import files

    samples = Path(str(files("corpus").joinpath("samples")))
    return [samples / "apollo", samples / "negotiations"]
