#!/usr/bin/env bash
# All tests. Both suites always run; the last lines are what cargo test and pytest said at the end.
set -uo pipefail
cd "$(dirname "$0")/.."
logs=build/test
mkdir -p "$logs"

cargo test --locked --no-fail-fast 2>&1 | tee "$logs/cargo.log"
cargo_status=${PIPESTATUS[0]}
.venv/bin/python -m pytest -n 2 --dist loadgroup 2>&1 | tee "$logs/pytest.log"
pytest_status=${PIPESTATUS[0]}

echo
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8; suites++ }
  END { printf "cargo test: %d passed; %d failed; %d ignored; %d suites", passed, failed, ignored, suites }' \
  "$logs/cargo.log"
((cargo_status == 0)) && echo || echo " (exit status $cargo_status)"
echo "pytest: $(tail -n 1 "$logs/pytest.log")"
((cargo_status == 0 && pytest_status == 0))
