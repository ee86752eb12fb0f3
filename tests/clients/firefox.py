# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Firefox visits pages for which it needs a key of the card:

    firefox.py PROFILE CERTIFICATE PIN[,PIN...] ADDRESS...

CERTIFICATE is part of the name under which the certificate is offered; the PINs are given one after the other. Prints the text of
each page, as `page: TEXT`, and the dialogs that came up, as `KIND: TEXT`.
"""
import sys

import marionette

# The page that is shown once it is loaded; an error's page is one, too.
SHOWN = """
const browser = gBrowser.selectedBrowser;
if (browser.webProgress.isLoadingDocument || !browser.currentURI.spec.startsWith(arguments[0]))
	return null;
return browser.documentURI.spec;
"""


def main(profile, certificate, pins, *addresses):
    with marionette.Program("/usr/lib/firefox-esr/firefox-esr", profile, pins.split(","), certificate) as firefox:
        for address in addresses:
            firefox.visit(address)
            where = marionette.wait_until(address, lambda: firefox.chrome(SHOWN, address))
            text = firefox.content("return document.body.innerText;") if where.startswith(address) else where
            print("page: %s" % " ".join(text.split()), flush=True)
        for kind, text in firefox.dialogs():
            print("%s: %s" % (kind, " ".join(text.split())))


main(*sys.argv[1:])
