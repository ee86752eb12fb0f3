# integration tests: scripts that drive programs of other people against the built module. Shared by all: lib.sh.
integration_tests = \
  tests/integration/test-pkcs11-tool.sh \
  tests/integration/test-pin.sh \
  tests/integration/test-pykcs11.sh \
  tests/integration/test-softhsm.sh \
  tests/integration/test-same-operations.sh \
  tests/integration/test-derive-cases.sh \
  tests/integration/test-derive-count.sh \
  tests/integration/test-openpgp.sh \
  tests/integration/test-openpgp-nist.sh \
  tests/integration/test-operations.sh \
  tests/integration/test-openssl-engine.sh \
  tests/integration/test-openssh.sh \
  tests/integration/test-inventory.sh \
  tests/integration/test-card-commands.sh \
  tests/integration/test-registration.sh \
  tests/integration/test-capi-installed.sh \
  tests/integration/test-events.sh \
  tests/integration/test-logs.sh \
  tests/integration/exports.sh
TESTS += $(integration_tests)
dist_check_SCRIPTS += $(integration_tests)

dist_check_DATA += tests/integration/capi_sample.c tests/integration/capi_card.c
dist_check_DATA += tests/integration/lib.sh tests/integration/totals.py tests/integration/other_side.py \
  tests/integration/cryptoki.py tests/integration/derive_cases.py tests/integration/scoreboard.py \
  tests/integration/score_cases.py tests/integration/montgomery_cases.py tests/integration/rsa_unwrap_case.py tests/integration/rsa_cases.py \
  tests/integration/derive_count.py tests/integration/pykcs11_cases.py tests/integration/sensitive_cases.py \
  tests/integration/softhsm_cases.py tests/integration/same_operations_cases.py tests/integration/inventory_table.py tests/integration/inventory_steps.py \
  tests/integration/stepping.py tests/integration/card_commands.py \
  tests/integration/inventory-differences.txt tests/integration/pin_cases.py \
  tests/integration/events_cases.py tests/integration/lifetime_cases.py tests/integration/logs_cases.py

# valgrind over the unit tests and over one derivation (scripts/check calls it in a build of its own)
dist_check_SCRIPTS += tests/integration/valgrind.sh
dist_check_DATA += tests/integration/valgrind.supp
.PHONY: check-valgrind print-unit-tests
check-valgrind: all $(unit_tests)
	@$(AM_TESTS_ENVIRONMENT) bash $(top_srcdir)/tests/integration/valgrind.sh $(unit_tests)

# the tests that use several threads, for a build with --enable-sanitizers=thread (scripts/check makes one)
thread_tests = tests/unit/test_handle_table tests/unit/test_lock tests/unit/test_ossl tests/unit/test_host_threads \
  tests/unit/test_drv_cipher tests/unit/test_drv_mac tests/unit/test_cki_crypt tests/unit/test_cki_mac tests/unit/test_cki_chain \
  tests/unit/test_cki_objects tests/unit/test_cki_lifetime tests/unit/test_cki_load tests/unit/test_cki_threads \
  tests/unit/test_capi_threads tests/unit/test_cki_events
# By their logs and not by check-TESTS, which would build all the other tests, too.
.PHONY: check-threads
check-threads:
	@rm -f $(thread_tests:=.log) $(thread_tests:=.trs)
	@$(MAKE) $(AM_MAKEFLAGS) $(thread_tests:=.log)
	@! grep -L '^:test-result: PASS' $(thread_tests:=.trs) | grep .

print-unit-tests:
	@echo $(unit_tests)
