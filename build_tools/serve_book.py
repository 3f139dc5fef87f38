"""Shows the built book on localhost."""

import argparse
import functools
import http.server

from build_tools.project import HTML


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and prints errors only. Its headers give Live shared memory, by which a running cell is stopped."""

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
    handler = functools.partial(QuietHandler, directory=str(HTML))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise SystemExit(
            f"Port {port} can't be used ({error.strerror}). Name another: make serve PORT={port + 1}"
        ) from None
    print(f"The book is at http://127.0.0.1:{port}/ (stop with Ctrl+C)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
