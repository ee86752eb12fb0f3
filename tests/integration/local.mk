# integration tests
dist_check_SCRIPTS += tests/integration/exports.sh
TESTS += tests/integration/exports.sh
