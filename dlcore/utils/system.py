"""What the code runs on: processor, libraries, threads."""

import os
import platform
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Hardware(NamedTuple):
    """What a time was measured on."""

    cpu: str
    cores: int
    gpu: str | None

    def __str__(self):
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        return f"{self.cpu}, {cores}, {self.gpu or 'no GPU'}"


def hardware():
    """CPU model, cores that this process may use, and the GPU's name or None."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Hardware(_cpu_info("model name") or platform.processor() or platform.machine(), cores, _gpu())


def _cpu_info(key):
    """The first line of Linux's /proc/cpuinfo that starts with `key`; '' where there is none."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")


def _gpu():
    import shutil
    import subprocess

    if not shutil.which("nvidia-smi"):
        return None
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    names = answer.stdout.strip().splitlines()
    return names[0] if answer.returncode == 0 and names else None


def blas():
    """NumPy's matrix-product library as (name, core type, threads); what can't be found out is None."""
    import ctypes

    name = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
    folder = Path(np.__file__).parent
    for path in [*(folder.parent / "numpy.libs").glob("*openblas*"), *(folder / ".dylibs").glob("*openblas*")]:
        try:
            library = ctypes.CDLL(str(path))
            core, threads = library.scipy_openblas_get_corename64_, library.scipy_openblas_get_num_threads64_
        except (OSError, AttributeError):
            continue
        core.restype = ctypes.c_char_p
        return name, core().decode(), threads()
    return name, None, None


def show_config():
    """Print the versions, libraries and hardware that the next results come from."""
    from importlib.metadata import PackageNotFoundError, version

    print(f"Python      {platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in ("dlcore", "numpy", "tensorflow", "tensorflow-cpu", "keras", "matplotlib"):
        try:
            print(f"{package:<11} {version(package)}")
        except PackageNotFoundError:
            continue
    name, core, threads = blas()
    print(f"{'BLAS':<11} {name}" + (f", {core} kernels, threads: {threads}" if core else ""))
    print(f"{'hardware':<11} {hardware()}")
    if core in ("Haswell", "Zen") and "avx512f" in _cpu_info("flags").split():
        print(
            "\nThis processor has AVX-512, but OpenBLAS chose AVX2 kernels: matrix products may take twice as long "
            "as they need.\nSet the environment variable OPENBLAS_CORETYPE=SkylakeX before Python starts."
        )


def quiet_tensorflow():
    """Keep TensorFlow from printing its start-up messages, and its results from changing with oneDNN.

    Call it before TensorFlow or Keras is imported for the first time; afterwards it has no effect.
    """
    if "tensorflow" in sys.modules:
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    os.environ["GRPC_VERBOSITY"] = "NONE"
