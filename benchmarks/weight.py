"""What a page of the site weighs beyond Gradio's own, in bytes: all that it loads, less Gradio's files and an empty page of it.

    python -m benchmarks.weight

A chromium opens each page of the site over the sample corpus, and a Gradio page without a part, and adds up the bodies of
all responses but those under Gradio's /assets and /static: as they are, and as they were sent, compressed.
"""

import socket
import subprocess
import sys
import tempfile
import threading
import time
from shutil import which

ARGS = ["--no-sandbox", "--disable-gpu"]
GRADIOS = ("/assets", "/static", "/gradio_api", "/theme.css")
PAGES = ("", "library", "check", "quotes", "evaluation", "status")


def main() -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=ARGS)

        def weight(url: str, wanted: str) -> tuple[int, int]:
            """Return the bytes of a page's own responses, as they are and as sent."""
            page, whole, sent = browser.new_page(), 0, 0
            answers = []
            page.on("response", lambda answer: answers.append(answer))
            page.goto(url)
            page.wait_for_selector(wanted)
            page.wait_for_timeout(1_500)  # it is never idle: a heartbeat stays open
            origin = "/".join(url.split("/")[:3])
            for answer in answers:
                if not answer.url.removeprefix(origin).startswith(GRADIOS):
                    whole += len(answer.body())
                    sent += answer.request.sizes()["responseBodySize"]
            page.close()
            return whole, sent

        bare = weight(_empty(), "gradio-app")
        command = [sys.executable, "-m", "ui.cli", "--home", home, "serve", "--samples", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                url = next(line for line in server.stdout if line.startswith("OnRecord is at")).split()[-1]
                for name in PAGES:
                    whole, sent = (
                        mine - theirs for mine, theirs in zip(weight(f"{url}/{name}", "h1"), bare, strict=True)
                    )
                    print(f"/{name:12} {whole:8,} bytes   {sent:7,} as sent")
            finally:
                server.terminate()


def _empty() -> str:
    """Serve a Gradio page without a part from a thread, and return its address."""
    import gradio as gr
    import uvicorn
    from fastapi import FastAPI
    from starlette.middleware.gzip import GZipMiddleware

    with gr.Blocks(analytics_enabled=False) as blocks:
        pass
    theme = gr.themes.Base(font=["system-ui"], font_mono=["ui-monospace"])
    app = gr.mount_gradio_app(FastAPI(), blocks, path="/", theme=theme, ssr_mode=False)
    app.add_middleware(GZipMiddleware)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.1)
    return f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    main()
