"""The core of the package is usable without any web framework."""

import subprocess
import sys

import pytest

PURE = [
    "answers",
    "checking",
    "definitions",
    "documents",
    "keyed",
    "questionnaire",
    "routing",
    "rules",
    "scales",
]


@pytest.mark.parametrize("module", PURE)
def test_module_brings_neither_web_framework_nor_database(module):
    code = (
        f"import sys, forms.{module}; "
        "print(sorted({'flask', 'wtforms', 'sqlalchemy', 'survey', 'analysis'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[]\n"
