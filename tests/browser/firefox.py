"""A distribution's Firefox, driven by the standard's WebDriver BiDi: Playwright drives only one of its own."""

import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websocket import WebSocket, create_connection

NAMES = ("firefox-esr", "firefox")
MAC_FIREFOX = Path("/Applications/Firefox.app/Contents/MacOS/firefox")
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PATIENCE = 120  # seconds
TRIES = 5  # of a click
# In the middle of the window and there for ten frames; then it says whether the click came to it.
AT_REST = """async (node) => {
  const frame = () => new Promise(requestAnimationFrame);
  const end = performance.now() + 5000;
  for (let still = 0, last = NaN; still < 10 && performance.now() < end; ) {
    if (!still) node.scrollIntoView({ block: "center", behavior: "instant" });
    await frame();
    const { y } = node.getBoundingClientRect();
    still = y === last ? still + 1 : 0;
    last = y;
  }
  node.wasHit = false;
  node.addEventListener("pointerdown", () => (node.wasHit = true), { once: true, capture: true });
}"""
# Firefox asks nobody by itself, and what a page asks of others ends at a proxy that is not there.
PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "ui.prefersReducedMotion": 1,
}


def find_firefox() -> str | None:
    """The path of an installed Firefox."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return str(MAC_FIREFOX) if found is None and MAC_FIREFOX.exists() else found


def could_be_installed() -> bool:
    """Whether `scripts/setup.sh browser` installs one on this machine."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-cache"):
        return False
    return subprocess.run(["apt-cache", "show", NAMES[0]], capture_output=True, check=False).returncode == 0


class BidiError(Exception):
    """What Firefox refused, or a script of the page's that failed."""


class Firefox:
    """One tab of a running Firefox. `requests` are the addresses that its pages asked for, `problems` their errors."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.sent = 0
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["network.beforeRequestSent", "log.entryAdded"])
        self.tab = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Give a command and wait for its result.

        Raises:
            BidiError: Firefox refused.
        """
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": parameters}))
        while (message := json.loads(self.socket.recv())).get("id") != self.sent:
            self._note(message["params"])
        if message["type"] == "error":
            raise BidiError(f"{method}: {message['message']}")
        return message["result"]

    def _note(self, event: dict[str, Any]) -> None:
        if "request" in event:
            self.requests.append(event["request"]["url"])
        elif event["level"] in ("error", "warn"):
            self.problems.append(event["text"])

    def resize(self, width: int, height: int) -> None:
        self.send("browsingContext.setViewport", context=self.tab, viewport={"width": width, "height": height})

    def open(self, url: str) -> None:
        self.send("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def reload(self) -> None:
        self.send("browsingContext.reload", context=self.tab, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript, or of the promise that it is: text, a number, or nothing."""
        done = self.send("script.evaluate", expression=expression, target={"context": self.tab}, awaitPromise=True)
        if done["type"] == "exception":
            raise BidiError(done["exceptionDetails"]["text"])
        return done["result"].get("value")

    def click(self, selector: str) -> None:
        """Click in the middle of an element, on what lies there."""
        found = self.send(
            "browsingContext.locateNodes", context=self.tab, locator={"type": "css", "value": selector}, maxNodeCount=1
        )
        (node,) = found["nodes"]
        place = f"document.querySelector({json.dumps(selector)})"
        middle = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        acts = [{"type": "pointerMove", "x": 0, "y": 0, "origin": middle}]
        acts += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        # A cursor that was just set scrolls to itself a few frames later, and output that grows above moves all below.
        for left in reversed(range(TRIES)):
            self.evaluate(f"({AT_REST})({place})")
            try:
                self._perform(type="pointer", id="mouse", actions=acts)
            except BidiError as refused:
                if "out of bounds" not in str(refused) or not left:
                    raise
            if self.evaluate(f"{place}.wasHit === true"):
                return
            time.sleep(0.2)
        raise BidiError(f"click: something lay over {selector}, or it moved, {TRIES} times")

    def press_shift_enter(self) -> None:
        keys = [("keyDown", "\ue008"), ("keyDown", "\ue007"), ("keyUp", "\ue007"), ("keyUp", "\ue008")]
        self._perform(type="key", id="keys", actions=[{"type": act, "value": key} for act, key in keys])

    def _perform(self, **source: Any) -> None:
        self.send("input.performActions", context=self.tab, actions=[source])


@contextmanager
def running(program: str, profile: Path) -> Iterator[Firefox]:
    """Starts a Firefox that nobody sees, with an empty profile in a folder that exists, and ends it."""
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [program, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        too_long = threading.Timer(PATIENCE, process.kill)
        too_long.start()
        try:
            assert process.stderr is not None
            said = next(filter(None, map(LISTENS.search, process.stderr)), None)
            too_long.cancel()
            assert said, f"{program} did not start to listen"
            threading.Thread(target=process.stderr.read, daemon=True).start()  # else it waits for a reader
            socket = create_connection(f"{said[1]}/session", timeout=PATIENCE, suppress_origin=True)
            yield Firefox(socket)
            socket.close()
        finally:
            too_long.cancel()
            process.terminate()
