#!/bin/sh
# Prints the first Python on the PATH that is new enough for the book; otherwise says what to do and fails.
# PYTHON=… names the one to use.
set -u
found=""
for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    path=$(command -v "$name" 2>/dev/null) || continue
    if "$path" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "$path"
        exit 0
    fi
    found="$found $name is $("$path" -c 'import platform; print(platform.python_version())' 2>/dev/null || echo broken);"
done
{
    if [ -n "$found" ]; then
        echo "The book needs Python 3.11 or newer, and what is here is older:${found%;}."
    else
        echo "The book needs Python 3.11 or newer, and there is no ${PYTHON:-python3} on this machine's PATH."
    fi
    echo "Get one from https://www.python.org/downloads/ or your system's packages (Debian, Ubuntu: apt install python3 python3-venv),"
    echo "or name one that is not on the PATH: make book PYTHON=/path/to/python3.12"
} >&2
exit 1
