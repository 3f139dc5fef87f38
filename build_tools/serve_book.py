"""Shows the built book on localhost. In the zip of `make bundle` this file is serve.py, so it needs Python alone."""

import argparse
import functools
import http.server
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: Where the pages are: beside this file in the unpacked zip, and where `make book` builds them.
PAGES = HERE / "book", HERE.parent / "_build" / "html"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and prints errors only. Its headers give Live shared memory, by which a running cell is stopped."""

    # Some systems' own tables call scripts plain text, which a browser then refuses to run.
    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".css": "text/css",
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def end_headers(self):
        """Keep other sites' windows and files apart from the page, as browsers ask for where memory is shared."""
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_request(self, code="-", size="-"):
        """Say nothing about a request that went well."""
        if isinstance(code, int) and code >= 400:
            super().log_request(code, size)


def main() -> None:
    """Serve until the reader presses Ctrl+C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    folder = next((folder for folder in PAGES if (folder / "index.html").exists()), None)
    if folder is None:
        raise SystemExit(f"There is no book to show: {Path(__file__).name} looks for the folder book/ beside it.")
    handler = functools.partial(QuietHandler, directory=str(folder))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise SystemExit(
            f"Port {port} can't be used ({error.strerror}). "
            f"Name another: make serve PORT={port + 1}, or --port {port + 1} without make"
        ) from None
    print(f"The book is at http://127.0.0.1:{port}/ (stop with Ctrl+C)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
