# SPDX-License-Identifier: LGPL-2.1-or-later
"""
Thunderbird shows the messages of a folder, one after the other, as its user who clicks on each:

    thunderbird.py PROFILE MBOX PIN...

MBOX becomes the folder. Prints the dialogs that came up, as `KIND: TEXT`, and `SUBJECT: TEXT` for each message.
"""
import os
import shutil
import sys

import marionette

FOLDERS = "Mail/Local Folders"
PREFERENCES = {
    "mail.accountmanager.accounts": "account1",
    "mail.accountmanager.localfoldersserver": "server1",
    "mail.account.account1.server": "server1",
    "mail.server.server1.type": "none",
    "mail.server.server1.hostname": "Local Folders",
    "mail.server.server1.userName": "nobody",
    "mail.server.server1.name": "Local Folders",
    "mail.server.server1.directory-rel": "[ProfD]" + FOLDERS,
    "mail.provider.suppress_dialog_on_startup": True,
    "mailnews.start_page.enabled": False,
}

PANE = """
const pane = window.document.getElementById("tabmail")?.currentAbout3Pane;
const message = pane?.messageBrowser?.contentWindow;
"""
READY = PANE + "return Boolean(pane?.displayFolder && message?.getMessagePaneBrowser);"
OPEN = PANE + """
const {MailServices} = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
pane.displayFolder(MailServices.accounts.localFoldersServer.rootFolder.getChildNamed("Secrets").URI);
"""
COUNT = PANE + "return pane.gDBView?.rowCount ?? 0;"
SUBJECT = PANE + "return pane.gDBView.getMsgHdrAt(arguments[0]).mime2DecodedSubject;"
SELECT = PANE + "pane.threadTree.selectedIndex = arguments[0];"
BLANK = PANE + "return message.getMessagePaneBrowser().currentURI.spec === 'about:blank';"
# The text of the message; or the title of the page that stands in its place.
SHOWN = PANE + """
const browser = message.getMessagePaneBrowser(), address = browser.currentURI.spec;
if (message.gMessage?.mime2DecodedSubject !== arguments[0])
	return null;
if (address.startsWith("data:text/html;base64,"))
	return new DOMParser().parseFromString(atob(address.split(",")[1]), "text/html").title;
if (!message.msgLoaded)
	return null;
return [...browser.contentDocument.querySelectorAll("[class^=moz-text]")].map(part => part.textContent).join(" ");
"""


def write_profile(profile, mbox):
    os.makedirs(os.path.join(profile, FOLDERS))
    shutil.copy(mbox, os.path.join(profile, FOLDERS, "Secrets"))
    with open(os.path.join(profile, "user.js"), "w", encoding="utf-8") as prefs:
        for name, value in PREFERENCES.items():
            prefs.write('user_pref("%s", %s);\n' % (name, str(value).lower() if value in (True, False) else '"%s"' % value))


def main(profile, mbox, *pins):
    write_profile(profile, mbox)
    with marionette.Program("/usr/lib/thunderbird/thunderbird", profile, pins) as thunderbird:
        marionette.wait_until("its window", lambda: thunderbird.chrome(READY))
        thunderbird.chrome(OPEN)
        count = marionette.wait_until("the messages", lambda: thunderbird.chrome(COUNT) or None)
        for index in range(count):
            subject = thunderbird.chrome(SUBJECT, index)
            thunderbird.chrome(SELECT, -1)
            marionette.wait_until("an empty pane", lambda: thunderbird.chrome(BLANK))
            thunderbird.chrome(SELECT, index)
            text = marionette.wait_until(subject, lambda: thunderbird.chrome(SHOWN, subject))
            print("%s: %s" % (subject, " ".join(text.split())), flush=True)
        for kind, text in thunderbird.dialogs():
            print("%s: %s" % (kind, " ".join(text.split())))


main(*sys.argv[1:])
