#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# PyKCS11: derivations with every KDF, templates, wrap and unwrap chains, errors.
# shellcheck source=tests/integration/lib.sh
. "${TOP_SRCDIR:?}/tests/integration/lib.sh"

# The switch that makes session keys sensitive unless the template says otherwise.
sensitive_configuration() {
	cat "$OPENSC_CONF" - >sensitive.conf <<-END
		app minidriver-pkcs11 {
			minidriver {
				sensitive_session_keys = true;
			}
		}
	END
}

run_tests() {
	needs "$PYTHON" "$MODULE"
	python_tests pykcs11_cases.py "$MODULE" "$CARD" "$SOFTCARD_TOOL"
	[ "$WAY" = provider ] || return
	sensitive_configuration
	OPENSC_CONF=$PWD/sensitive.conf python_tests sensitive_cases.py "$MODULE" "$CARD" "$SOFTCARD_TOOL"
}

both_ways
