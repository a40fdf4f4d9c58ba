#!/usr/bin/env bash
# triglot beside llama.cpp in one command: sets up a virtual environment (llama.cpp is compiled for
# this processor, which takes minutes the first time), builds triglot and measures both in turns.
# Arguments go to compare.py, for example: benches/peers/run.sh --rounds 9 --threads 4
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv=target/peers-venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r benches/peers/requirements.txt
cargo build --release --locked
exec "$venv/bin/python" benches/peers/compare.py --triglot target/release/triglot "$@"
