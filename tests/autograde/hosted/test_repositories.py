"""The program of the GitHub workflow: each new commit is graded once, and the hints come as a comment."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from tests.places import ROOT

PROGRAM = ROOT / "deploy" / "grade_repositories.py"
AUTOGRADE = """#!/bin/sh
[ -z "$TOKEN" ] || echo "it sees the token"
echo "$@" | grep -q -- "--confinement container" || exit 9
cat "$2"
"""


class Platform(BaseHTTPRequestHandler):
    """As much of GitHub as the program asks for; two repositories, one of them without the notebook."""

    comments: ClassVar[list[str]] = []

    def do_GET(self):
        path = self.path.removeprefix("/repos/class/ada/")
        answers = {
            "commits/HEAD": {"sha": "c0ffee"},
            "commits/c0ffee/comments": [{"body": body} for body in self.comments],
            "contents/tiny.ipynb?ref=c0ffee": {"sha": "b10b"},
            "git/blobs/b10b": "3 of 4 points\n```\nnot the end of it\n",
        }
        found = answers.get(path)
        self.send_response(200 if found is not None and self.headers["Authorization"] == "Bearer secret" else 404)
        self.end_headers()
        self.wfile.write((found if isinstance(found, str) else json.dumps(found)).encode())

    def do_POST(self):
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.comments.append(content["body"])
        self.send_response(201)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *words):
        pass


@pytest.mark.slow
def test_a_new_commit_is_graded_once_and_the_others_go_on(tmp_path):
    (tmp_path / "autograde").write_text(AUTOGRADE)
    (tmp_path / "autograde").chmod(0o755)
    (tmp_path / "students.txt").write_text("class/without\nclass/ada\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}",
        "TOKEN": "secret",
        "NOTEBOOK": "tiny.ipynb",
    }
    command = [sys.executable, str(PROGRAM), str(tmp_path / "students.txt")]
    try:
        first = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    finally:
        server.shutdown()
    assert first.returncode == second.returncode == 1  # of the one without a notebook
    assert "class/without: not graded" in first.stdout
    (comment,) = Platform.comments
    assert "3 of 4 points" in comment and "token" not in comment
    assert comment.count("```") == 2
