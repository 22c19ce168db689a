"""Check that every message of the code and the templates is translated into every language but English."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "survey" / "translations"
KEYWORDS = ("-k", "lazy_gettext", "-k", "_l", "-k", "lazy_ngettext:1,2")


def extracted() -> Catalog:
    """The messages as they stand in the source today."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        subprocess.run(  # noqa: S603 -- our own tool
            [
                str(Path(sys.executable).parent / "pybabel"),
                *("--quiet", "extract", "-F", "pyproject.toml", *KEYWORDS, "-o", str(template), "."),
            ],
            cwd=ROOT,
            check=True,
        )
        with template.open("rb") as file:
            return read_po(file)


def faults(template: Catalog, language: str) -> list[str]:
    """What is missing, fuzzy, wrong in its placeholders, or no longer used in one language."""
    with (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    found = []
    for message in template:
        if not message.id:
            continue
        translated = catalogue.get(message.id, message.context)
        texts = () if translated is None else translated.string
        texts = (texts,) if isinstance(texts, str) else texts
        if translated is None or not texts or not all(texts):
            found.append(f"{language}: not translated: {message.id!r} ({message.locations[:1]})")
        elif translated.fuzzy:
            found.append(f"{language}: fuzzy: {message.id!r}")
        else:
            found.extend(f"{language}: {message.id!r}: {error}" for error in translated.check(catalogue))
    used = {message.id for message in template}
    found.extend(f"{language}: no longer used: {m.id!r}" for m in catalogue if m.id and m.id not in used)
    return found


if __name__ == "__main__":
    source = extracted()
    problems = [line for folder in sorted(TRANSLATIONS.iterdir()) for line in faults(source, folder.name)]
    for line in problems:
        sys.stderr.write(line + "\n")
    sys.exit(1 if problems else 0)
