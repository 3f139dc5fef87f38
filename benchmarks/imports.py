"""What `import dlcore` takes beside `import numpy`, which it contains, once Python has compiled both.

python -m benchmarks.imports
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 9


def seconds(module: str, environment: dict) -> float:
    """Of an import in a fresh interpreter."""
    program = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", program]
    return float(subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env=environment).stdout)


def main():
    times = {"numpy": [], "dlcore": []}
    with tempfile.TemporaryDirectory() as cache:
        # Every user's Python keeps compiled modules; where a setting forbids it, that would be measured instead.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache
        for turn in range(REPEATS + 1):  # taking turns, so that whatever else the machine does meets both
            for module, found in times.items():
                took = seconds(module, environment)
                if turn:  # the first one compiles
                    found.append(took)
    alone, whole = (1e3 * statistics.median(found) for found in times.values())
    print(f"import numpy {alone:.0f} ms; import dlcore {whole:.0f} ms, that is {whole - alone:.0f} ms more")


if __name__ == "__main__":
    main()
