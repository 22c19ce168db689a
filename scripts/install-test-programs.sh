#!/bin/sh
# The tests use a real PostgreSQL and a real browser. Install Debian's where this account may; say clearly where not.
set -eu

missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
test -x /usr/bin/chromium || missing="$missing chromium"
ls /usr/lib/*/libatomic.so.1 >/dev/null 2>&1 || missing="$missing libatomic1" # the browser's driver links to it
command -v strace >/dev/null || missing="$missing strace"
command -v pdfinfo >/dev/null || missing="$missing poppler-utils"
test -n "$missing" || exit 0

if test "$(id -u)" = 0; then
    as_root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    echo "The tests need these Debian packages, and this account may not install them:$missing" >&2
    echo "Please have them installed:  apt-get install$missing" >&2
    exit 1
fi
echo "Installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086 -- a list of package names
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
