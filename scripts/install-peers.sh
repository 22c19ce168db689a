#!/bin/sh
# Other programs that `make bench` compares with, in an environment of their own: never a dependency of the project.
set -eu

wanted=bench/statistics/peers/requirements.txt
test -f .venv-peers/installed && test .venv-peers/installed -nt "$wanted" && exit 0

echo "Installing the programs to compare with; some 750 MB, once."
python=.venv/bin/python
if "$python" -m venv .venv-peers &&
    .venv-peers/bin/pip install --quiet --disable-pip-version-check --requirement "$wanted"; then
    touch .venv-peers/installed
else
    echo "They cannot be installed here; comparisons with them are left out." >&2
    rm -rf .venv-peers
fi
