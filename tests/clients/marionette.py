# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A user at a Mozilla program without a screen: starts it on a profile, has it do things over Marionette's TCP protocol, and
answers the dialogs that come up meanwhile, each as a user can: by what stands in it, typing and pressing its button.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time

START_SECONDS = 90
ANSWER_SECONDS = 90
END_SECONDS = 20

# A port of the system's choice; and no work that nobody waits for.
PREFERENCES = """
user_pref("marionette.port", 0);
user_pref("browser.startup.page", 0);
user_pref("browser.newtabpage.enabled", false);
user_pref("dom.ipc.processPrelaunch.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("services.settings.server", "");
user_pref("app.normandy.enabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("extensions.systemAddon.update.enabled", false);
"""

# Runs in the program. Dialogs seen and what was done with them are kept in a preference: while a dialog is open a script's own
# result gets lost.
USER = """
const PIN = arguments[0], CERTIFICATE = arguments[1], seen = [];
const tell = (kind, text) => {
	seen.push([kind, text]);
	Services.prefs.setStringPref("test.user.seen", JSON.stringify(seen));
};
const prompted = window => {
	const {args, ui} = window.Dialog;
	const text = ui.infoBody.textContent || args.text;
	if (args.promptType !== "promptPassword") {
		tell("dialog", text);
		ui.button0.click();
		return;
	}
	const times = seen.filter(([kind]) => kind === "PIN").length;
	tell("PIN", text);
	if (times >= PIN.length) {
		ui.button1.click();
		return;
	}
	ui.password1Textbox.focus();
	ui.password1Textbox.setUserInput(PIN[times]);
	ui.button0.disabled = false;
	ui.button0.click();
};
const chosen = dialog => {
	const list = dialog.ownerDocument.getElementById("nicknames");
	const items = [...list.menupopup.children];
	const item = items.find(one => one.label.includes(CERTIFICATE));
	tell("certificates", items.map(one => one.label).join(" | "));
	if (!item) {
		dialog.cancelDialog();
		return;
	}
	list.selectedItem = item;
	list.dispatchEvent(new dialog.ownerDocument.defaultView.Event("command", {bubbles: true}));
	dialog.acceptDialog();
};
const later = work => thing => Services.tm.dispatchToMainThread(() => {
	try {
		work(thing);
	} catch (error) {
		tell("error", String(error));
	}
});
Services.obs.addObserver(later(prompted), "common-dialog-loaded");
Services.obs.addObserver(later(chosen), "cert-dialog-loaded");
"""


class Failure(Exception):
    pass


def wait_until(what, found, seconds=ANSWER_SECONDS):
    end = time.monotonic() + seconds
    while True:
        result = found()
        if result is not None and result is not False:
            return result
        if time.monotonic() > end:
            raise Failure("waited in vain for " + what)
        time.sleep(0.1)


class Program:
    """The program, from its start (with) to its end, which no part of it outlives."""

    def __init__(self, binary, profile, pins=(), certificate=""):
        self.profile = os.path.abspath(profile)
        self.pins = list(pins)
        self.certificate = certificate
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        self.number = 0
        self.received = b""
        with open(os.path.join(self.profile, "user.js"), "a", encoding="utf-8") as prefs:
            prefs.write(PREFERENCES)
        self.log = open(os.path.join(self.profile, "program.log"), "wb")
        self.process = subprocess.Popen(
            [binary, "--headless", "--marionette", "-remote-allow-system-access", "--no-remote", "--profile", self.profile],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True)

    def __enter__(self):
        try:
            self.connect()
            self.command("WebDriver:NewSession", {})
            self.command("WebDriver:SetTimeouts", {"script": ANSWER_SECONDS * 1000, "pageLoad": ANSWER_SECONDS * 1000})
            self.chrome(USER, self.pins, self.certificate)
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Ask it to quit, as its menu does; then less politely."""
        try:
            self.command("Marionette:Quit", {"flags": ["eForceQuit"]})
            self.process.wait(END_SECONDS)
        except (Failure, OSError, AttributeError, subprocess.TimeoutExpired):
            self.process.terminate()
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()

    # ---- the protocol: LENGTH:JSON ------------------------------------------------------------------

    def port(self):
        if self.process.poll() is not None:
            raise Failure("it ended at once, with status %d" % self.process.returncode)
        try:
            with open(os.path.join(self.profile, "MarionetteActivePort"), encoding="ascii") as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def connect(self):
        port = wait_until("its port", self.port, START_SECONDS)
        self.socket = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
        self.read()

    def read(self):
        while b":" not in self.received:
            self.more()
        length, _, self.received = self.received.partition(b":")
        while len(self.received) < int(length):
            self.more()
        message, self.received = self.received[:int(length)], self.received[int(length):]
        return json.loads(message)

    def more(self):
        part = self.socket.recv(65536)
        if not part:
            raise Failure("it hung up")
        self.received += part

    def command(self, name, parameters):
        self.number += 1
        text = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(text), text))
        while True:
            answer = self.read()
            if answer[0] == 1 and answer[1] == self.number:
                break
        if answer[2]:
            raise Failure("%s: %s" % (answer[2].get("error"), answer[2].get("message")))
        return answer[3]

    # ---- what it is made to do ----------------------------------------------------------------------

    def script(self, context, text, arguments, name="WebDriver:ExecuteScript"):
        self.command("Marionette:SetContext", {"value": context})
        return self.command(name, {"script": text, "args": list(arguments), "newSandbox": True})["value"]

    def chrome(self, text, *arguments):
        """Run a script in the program itself."""
        return self.script("chrome", text, arguments)

    def content(self, text, *arguments):
        """Run a script in the page that is shown."""
        return self.script("content", text, arguments)

    def visit(self, address):
        """As if the address were typed; answers at once."""
        self.chrome("""gBrowser.fixupAndLoadURIString(arguments[0], {
            triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal()});""", address)

    def preference(self, name):
        return self.chrome("return Services.prefs.getStringPref(arguments[0], '');", name)

    def dialogs(self):
        """What came up, as pairs of a kind ("PIN", "certificates", "dialog", "error") and what stood in it."""
        return json.loads(self.preference("test.user.seen") or "[]")
