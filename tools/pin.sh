#!/bin/sh
# Pin requirements/*.in with hashes for every supported Python and platform.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "burnbag: uv is needed to pin requirements" >&2; exit 1; }
pin() {
    uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-emit-index-url --custom-compile-command "make requirements" "$@"
}
pin requirements/dev.in client/pyproject.toml -o requirements/dev.txt
# Mutation testing needs mutmut's operators only, and nothing of what mutmut needs to run tests.
pin --no-deps requirements/mutants.in -o requirements/mutants.txt
# The services run what was tested.
for service in create reveal; do
    pin --constraints requirements/dev.txt "requirements/$service.in" \
        -o "services/$service/requirements.txt"
done
