#!/bin/sh
# Runs the checks, each with its time. Usage: run.sh all|quick
# Stops when a step fails and names it; ends with pytest's own closing line.
set -u
# The checks start hundreds of processes: without kept bytecode each would compile every library anew.
unset PYTHONDONTWRITEBYTECODE
mode=${1:-all}
bin=.venv/bin
begin=$(date +%s)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

say() { printf '%s\n' "$*"; }

# step NAME COMMAND...: run it, print its name and time, leave with its exit code when it fails.
step() {
    name=$1
    shift
    since=$(date +%s)
    say "== $name"
    "$@"
    code=$?
    took=$(( $(date +%s) - since ))
    if [ "$code" -ne 0 ]; then
        say "!! Schritt gescheitert: $name (Rückgabewert $code, nach $took s)"
        exit "$code"
    fi
    say "   $name: gut, $took s"
}

# A pipe hides the exit code of what stands before it, so pytest leaves its own in a file; and its number, to be stopped by.
tests() {
    { sh -c 'echo $$ > "$0"; exec "$@"' "$out/pid" "$@" -rfEs --color=no; echo $? > "$out/code"; } 2>&1 | tee "$out/log"
    return "$(cat "$out/code")"
}

static() {
    step "Typen" "$bin/mypy" --no-error-summary
    step "Verträge" "$bin/lint-imports" --no-logo
}

# Types and contracts need one core for half a minute: beside the tests, which they stop when they fail.
beside() {
    if (static) > "$out/static" 2>&1; then return 0; fi
    kill -INT "$(cat "$out/pid")" 2>/dev/null
    return 1
}

# `tail` of pytest's log that says "N passed, N failed, N skipped in S s".
closing() { grep -E '^[0-9]+ (passed|failed|skipped|error|xfailed|deselected)|^no tests ran' "$out/log" | tail -n 1; }

# pytest folds skips of one line into "SKIPPED [n] file:line: reason"; their sum is the count.
absent() {
    grep -E '^SKIPPED \[[0-9]+\].*shared data missing' "$out/log" 2>/dev/null \
        | sed 's/^SKIPPED \[\([0-9]*\)\].*/\1/' | awk '{ n += $1 } END { print n + 0 }'
}

# Two processes of tests fill two cores: threads of a numerical library beside them would only wait for each other.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

step "Format" "$bin/ruff" format --check --quiet .
step "Stil" "$bin/ruff" check --quiet .
if [ "$mode" = quick ]; then
    static
    # Quick means unit tests: whole processes, journeys and pages through the server are `make test`'s.
    step "Tests" tests "$bin/python" -m pytest -n 2 -m "not slow and not browser and not postgres" tests \
        --ignore=tests/journeys --ignore=tests/deploy --ignore=tests/service/commands --ignore=tests/service/web \
        --ignore=tests/connectors/emulator --ignore=tests/connectors/test_sources.py --ignore=tests/service/hooks
else
    rm -f .coverage .coverage.*
    beside &
    side=$!
    (step "Tests" tests "$bin/coverage" run -m pytest -n 3 --dist worksteal tests)
    code=$?
    wait "$side" || code=$?
    cat "$out/static"
    [ "$code" -eq 0 ] || exit "$code"
    step "Abdeckung" sh tests/coverage.sh
fi

skipped=$(absent)
say "skipped for absence of ../shared: $skipped"
say "Zeit der Prüfungen: $(( $(date +%s) - begin )) s (Installation nicht gezählt)"
closing
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
    say "!! Auf dem Baurechner darf nichts fehlen: ../shared liegt nicht neben dem Klon."
    exit 1
fi
