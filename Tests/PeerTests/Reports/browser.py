# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0

"""Opens a page in Chromium without a window, and asks it questions: browser.py PAGE FOLDER EXPRESSION…

Prints a JSON list: what each expression of JavaScript gave, and last what the console has said and what was asked of the network.
Leaves light.png, dark.png and page.pdf in the folder. Speaks the DevTools protocol over two pipes, so no port is open.
"""

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time


class Browser:
    def __init__(self, profile):
        reading, self.writing = os.pipe()
        self.reading, writing = os.pipe()
        # The protocol wants descriptors 3 to read from and 4 to write to.
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
        command += ["--no-first-run", "--disable-background-networking", f"--user-data-dir={profile}"]
        shell = ["bash", "-c", f'exec "$@" 3<&{reading} 4>&{writing}', "bash", *command]
        self.process = subprocess.Popen(
            shell,
            pass_fds=(reading, writing),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(reading)
        os.close(writing)
        self.held, self.number, self.session, self.events = b"", 0, None, []

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, event):
        while not any(each.get("method") == event for each in self.events):
            self.events.append(self.receive())

    def receive(self):
        while b"\0" not in self.held:
            piece = os.read(self.reading, 1 << 20)
            if not piece:
                sys.exit("chromium has ended")
            self.held += piece
        message, _, self.held = self.held.partition(b"\0")
        return json.loads(message)

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=1280, height=1600, deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            sys.exit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def end(self):
        """Ends it with all of its processes, so that none still writes to the profile that is removed next."""
        group = self.process.pid
        os.killpg(group, signal.SIGKILL)
        self.process.wait()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                return
            time.sleep(0.01)
        sys.exit("chromium has processes that do not end")

    def save(self, path, content):
        with open(path, "wb") as file:
            file.write(base64.b64decode(content["data"]))


def main():
    page, folder, *expressions = sys.argv[1:]
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(profile)
        try:
            browser.open("file://" + os.path.abspath(page))
            for scheme in ("light", "dark"):
                browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                browser.save(f"{folder}/{scheme}.png", browser.call("Page.captureScreenshot"))
            browser.save(f"{folder}/page.pdf", browser.call("Page.printToPDF", printBackground=True))
            results = [browser.evaluate(expression) for expression in expressions]
            said, asked = [], []
            for event in browser.events:
                parameters = event.get("params", {})
                if event.get("method") == "Log.entryAdded":
                    said.append(parameters["entry"]["text"])
                elif event.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                    said.append(json.dumps(parameters))
                elif event.get("method") == "Network.requestWillBeSent":
                    asked.append(parameters["request"]["url"])
            print(json.dumps([*results, said, asked]))
        finally:
            browser.end()


if __name__ == "__main__":
    main()
