"""What a web process loads, and when."""

import subprocess
import sys
import threading
from pathlib import Path

from flask import Flask
from werkzeug.test import Client

from bot.late import Late

ROOT = Path(__file__).parents[2]


def test_a_process_that_sees_only_webhooks_loads_no_page_of_the_staff() -> None:
    program = "import sys, bot.app; sys.exit(any(name in sys.modules for name in ('console', 'campaigns', 'liquid')))"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


def test_the_rest_is_built_once_for_whoever_comes_first() -> None:
    early, whole = Flask("early"), Flask("whole")
    early.add_url_rule("/healthz", view_func=lambda: "early")
    whole.add_url_rule("/console/", endpoint="console", view_func=lambda: "whole")
    whole.add_url_rule("/healthz", endpoint="healthz", view_func=lambda: "whole")
    built = []

    def build() -> Flask:
        built.append(threading.current_thread())
        return whole

    late = Late(early.wsgi_app, ("/healthz",), build)
    assert Client(late).get("/healthz").text == "early"
    assert late.built is None
    said: list[str] = []
    threads = [
        threading.Thread(target=lambda: said.append(Client(late).get("/console/").text)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["whole"] * 8
    assert len(built) == 1
    assert Client(late).get("/nothing").status_code == 404
