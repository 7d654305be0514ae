#!/bin/sh
# Combines what the test processes measured, prints the coverage, and holds the thresholds. Usage: coverage.sh
# The gate: 100 % branch coverage in classifier, service/domain and service/actions; 90 % overall. `GATE=off` only prints.
set -eu
GATE=${GATE:-on}
coverage=.venv/bin/coverage
strict='classifier/*,service/domain/*,service/actions/*'

"$coverage" combine --quiet
if [ "$GATE" != on ]; then
    "$coverage" report --skip-covered | tail -n 1 | sed 's/^TOTAL/Abdeckung gesamt:/'
    "$coverage" report --skip-covered --include="$strict" | tail -n 1 | sed 's/^TOTAL/Abdeckung der reinen Teile:/'
    exit 0
fi
failed=0
"$coverage" report --include="$strict" --fail-under=100 --precision=2 || failed=1
"$coverage" report --format=total --fail-under=90 --precision=2 || { "$coverage" report; failed=1; }
exit $failed
