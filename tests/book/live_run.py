"""Runs chapters' cells as Python in a page does, but in this interpreter: python live_run.py SITE CELLS …

SITE holds what Live serves: dlcore, the kernel and its stand-ins; each CELLS a page's cells as JSON. For each page one
line of JSON tells of the cells that failed: {cell's id: the end of its error}.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import kernel
import sklearn.datasets  # noqa: F401  the stand-in: of the package itself a page has no more

kernel.Absent.packages = "tensorflow", "keras", "scipy", "sklearn"
sys.meta_path.insert(0, kernel.Absent())  # before what is installed here


def failed(page):
    shown, found = [], {}
    python = kernel.Kernel(shown.append)
    for code in page["setup"]:
        python.run(code, "set-up")
    for cell in page["cells"]:
        shown.clear()
        if not cell["needs"] and not python.run(cell["code"], cell["id"], cell["alts"]):
            found[cell["id"]] = next(each["error"] for each in shown if "error" in each)[-1500:]
    return found


for file in sys.argv[2:]:
    print(json.dumps(failed(json.loads(Path(file).read_text(encoding="utf-8")))), flush=True)
