"""Every chapter has its parts, and what is stored in it belongs to what it says."""

import pytest

from build_tools.chapter_rules import read_faults
from build_tools.project import CHAPTERS, chapter_name, notebooks, pages_in_order
from build_tools.stored_rules import stored_faults


def test_every_page_of_the_table_of_contents_exists_and_no_notebook_is_left_out():
    listed = {f"{page}" for page in pages_in_order()}
    there = {p.relative_to(CHAPTERS.parent).with_suffix("").as_posix() for p in CHAPTERS.rglob("*.ipynb")}
    there = {page for page in there if ".ipynb_checkpoints" not in page}
    missing = [page for page in listed if not any((CHAPTERS.parent / f"{page}{s}").exists() for s in (".ipynb", ".md"))]
    assert not missing, f"_toc.yml lists pages that don't exist: {missing}"
    assert there <= listed, f"notebooks that _toc.yml doesn't list: {sorted(there - listed)}"


@pytest.mark.parametrize("path", notebooks(), ids=chapter_name)
def test_chapter_has_all_its_parts(path):
    faults = read_faults(path)
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("path", notebooks(), ids=chapter_name)
def test_stored_outputs_are_current_and_in_normal_form(path):
    faults = stored_faults(path)
    assert not faults, "\n" + "\n".join(faults)
