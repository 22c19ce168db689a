"""What is documented exists, and what exists is documented."""

import re
from pathlib import Path

import click
import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from survey import cli

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = re.compile(r'environment(?:\.get\(|\[)"([A-Z_]+)"|environ\.get\(\s*"([A-Z_]+)"')


def commands() -> list[tuple[str, str, click.Command]]:
    return [
        (group.name or "", name, command)
        for group in cli.COMMANDS
        for name, command in group.commands.items()
    ]


@pytest.mark.parametrize(("group", "name", "command"), commands(), ids=lambda value: str(value)[:30])
def test_every_command_has_help_and_is_in_the_readme(group: str, name: str, command: click.Command) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    row = next(line for line in readme.splitlines() if line.startswith(f"| `flask {group} "))
    assert (bool(command.help), f"`{name}`" in row.replace(f"`flask {group} ", "`")) == (True, True)


@pytest.mark.parametrize(("group", "name", "command"), commands(), ids=lambda value: str(value)[:30])
def test_every_option_says_what_it_does(group: str, name: str, command: click.Command) -> None:
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_every_setting_is_documented() -> None:
    sources = [ROOT / "survey" / "config.py", ROOT / "gunicorn.conf.py"]
    found = {
        name
        for source in sources
        for pair in SETTINGS.findall(source.read_text(encoding="utf-8"))
        for name in pair
    }
    documented = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert {name for name in found if name and f"`{name}`" not in documented} == set()


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if "://" not in target and not (document.parent / target).exists():
                broken.append(f"{document.name}: {target}")
    assert broken == []


def test_every_api_address_is_documented(app: Flask, runner: FlaskCliRunner) -> None:
    documented = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    addresses = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    assert {address for address in addresses if address not in documented} == set()
