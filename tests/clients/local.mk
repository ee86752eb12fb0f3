# clients: the programs that people use, each against the built module with a card, beside opensc-pkcs11 (`make check-clients`,
# no part of `make check`). One script for each program; CLIENTS='...' runs some of them.
client_tests =
client_tests += tests/clients/firefox.sh
client_tests += tests/clients/gnutls.sh
client_tests += tests/clients/java.sh
client_tests += tests/clients/nss.sh
client_tests += tests/clients/openssh.sh
client_tests += tests/clients/openssl.sh
client_tests += tests/clients/p11-kit.sh
client_tests += tests/clients/pkcs11-tool.sh
client_tests += tests/clients/pykcs11.sh
client_tests += tests/clients/strongswan.sh
client_tests += tests/clients/systemd-cryptenroll.sh
client_tests += tests/clients/thunderbird.sh
client_tests += tests/clients/wpa_supplicant.sh
EXTRA_DIST += $(client_tests)
EXTRA_DIST += tests/clients/clients.sh tests/clients/run.sh tests/clients/marionette.py tests/clients/firefox.py \
  tests/clients/thunderbird.py tests/clients/https_server.py \
  tests/clients/CardJobs.java

CLIENTS = $(client_tests)
.PHONY: check-clients
check-clients: all
	@$(AM_TESTS_ENVIRONMENT) bash $(top_srcdir)/tests/clients/run.sh $(CLIENTS:%=$(top_srcdir)/%)
