"""What `import dlcore` takes beside `import numpy`, which it contains.

python -m benchmarks.imports
"""

import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 9


def seconds(module: str) -> float:
    """Of an import in a fresh interpreter."""
    program = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT).stdout)


def main():
    times = {"numpy": [], "dlcore": []}
    for _ in range(REPEATS):  # taking turns, so that whatever else the machine does meets both
        for module, found in times.items():
            found.append(seconds(module))
    alone, whole = (1e3 * statistics.median(found) for found in times.values())
    print(f"import numpy {alone:.0f} ms; import dlcore {whole:.0f} ms, that is {whole - alone:.0f} ms more")


if __name__ == "__main__":
    main()
