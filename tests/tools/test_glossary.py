"""The glossary: in alphabetical order, and each entry leads on to the chapter that explains the word."""

import re
from itertools import pairwise

import pytest

from build_tools import notebook_facts
from build_tools.chapter_rules import slug
from build_tools.project import CHAPTERS, notebooks

TEXT = (CHAPTERS / "back-matter" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = dict(entry.split("\n", 1) for entry in re.split(r"^### ", TEXT, flags=re.M)[1:])


def new_terms(path):
    """The anchors of a chapter's New terms."""
    text = "\n\n".join("".join(cell["source"]) for cell in notebook_facts.read(path)["cells"])
    return re.findall(r"glossary\.md#([\w-]+)", text.partition("**New terms**")[2].partition("\n\n")[0])


def test_entries_are_in_alphabetical_order():
    names = [name.lower().replace("-", " ") for name in ENTRIES]
    assert [(one, two) for one, two in pairwise(names) if one > two] == []


def test_each_letter_leads_to_its_first_entry():
    first = {}
    for name in ENTRIES:
        first.setdefault(name[0].upper(), slug(name))
    assert dict(re.findall(r"\[([A-Z])\]\(#([\w-]+)\)", TEXT.partition("### ")[0])) == first


@pytest.mark.parametrize("name", ENTRIES)
def test_each_entry_ends_with_one_chapter(name):
    (chapter,) = re.findall(r"^→ \[[^]]+\]\(\.\./([\w/-]+\.ipynb)\)$", ENTRIES[name], re.M)
    assert (CHAPTERS / chapter).exists()


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_a_new_term_leads_back_to_its_chapter(path):
    by_anchor = {slug(name): entry for name, entry in ENTRIES.items()}
    assert [term for term in new_terms(path) if f"/{path.name})" not in by_anchor[term]] == []
