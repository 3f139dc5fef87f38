"""Showing dlcore's own source in a chapter, so that book and library can't drift apart."""


def show_source(obj):
    """The source of a function, class or module as a Markdown code block, for a notebook's output."""
    import inspect
    import textwrap

    source = textwrap.dedent(inspect.getsource(obj)).strip()
    fence = "```" if "```" not in source else "````"
    text = f"{fence}python\n{source}\n{fence}"
    try:
        from IPython.display import Markdown
    except ImportError:
        print(source)
        return None
    return Markdown(text)
