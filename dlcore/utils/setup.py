"""Is everything here that the book needs? Asked once, in the first chapter."""

import sys

#: what a chapter can't do without: package, oldest version, what it is for
NEEDED = (
    ("numpy", "2.0", "all computing"),
    ("matplotlib", "3.8", "the figures"),
    ("anywidget", "0.9", "the explorables and quizzes"),
    ("scikit-learn", "1.4", "the bundled data sets"),
    ("tensorflow", "2.18", "the comparisons with Keras"),
)


def check_setup(oldest_python=(3, 11)):
    """Print one line for each thing that the book needs, and what to do about what is missing."""
    if sys.platform == "emscripten":  # Python in a page: it brings what it can, and nothing can be installed
        print("ok       Python in this page, with what its cells need")
        print("missing  TensorFlow and SciPy: cells that need them show what they showed when the book was made")
        return
    problems = [python_problem(sys.version_info[:2], oldest_python)]
    problems += [package_problem(*needed) for needed in NEEDED]
    names = [f"Python {oldest_python[0]}.{oldest_python[1]}"] + [f"{name} {oldest}" for name, oldest, _ in NEEDED]
    for name, problem in zip(names, problems):
        print(f"ok       {name} or newer" if problem is None else f"missing  {problem}")
    print("Cells that need what is missing will stop with an error." if any(problems) else "Everything is in place.")


def python_problem(found, oldest):
    if found >= oldest:
        return None
    return (
        f"Python {oldest[0]}.{oldest[1]} or newer: this is {found[0]}.{found[1]}. "
        "Install a newer one from python.org, then run `make book` again."
    )


def package_problem(name, oldest, purpose):
    """What to do about a package that is absent or too old; None if it is fine."""
    found = installed_version(name)
    if found is None:
        return f"{name}, for {purpose}. Run `make book`, or `pip install {name}` here, then restart the kernel."
    if parts(found) < parts(oldest):
        cure = f"Run `pip install --upgrade {name}`, then restart the kernel."
        return f"{name} {oldest} or newer, for {purpose}: this is {found}. {cure}"
    return None


def installed_version(name):
    """The installed version as text, or None. TensorFlow without GPU parts is a package of another name."""
    from importlib.metadata import PackageNotFoundError, version

    for candidate in (name, f"{name}-cpu"):
        try:
            return version(candidate)
        except PackageNotFoundError:
            continue
    return None


def parts(text):
    """'2.21.0' as (2, 21), which compares as numbers do."""
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in text.split(".")[:2])
