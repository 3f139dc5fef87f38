"""What a reader without a mouse does on a built page: walks through it by Tab, plays, answers, searches."""

import re

# What an explorable shows: its drawing, pictures included, and its sentence, but not the control being pressed, what is
# hidden, or the numbers in ids.
SHOWN = """(frame) => {
    const part = (selector) => {
        const copy = frame.querySelector(selector)?.cloneNode(true);
        copy?.querySelectorAll("[data-pressed], [hidden], [style*='display: none']").forEach((e) => e.remove());
        return copy?.innerHTML.replace(/\\bdl-\\d+/g, "dl-id").replaceAll(' class=""', "") ?? "";
    };
    const pixels = [...frame.querySelectorAll("canvas")].map((c) => c.toDataURL());
    return [part(".dl-drawing"), part(".dl-status"), ...pixels].join("\\n");
}"""
# An unnamed control is a line without a quoted name in the accessibility tree.
UNNAMED = re.compile(
    r"^\s*- (?:button|slider|combobox|checkbox|radio|spinbutton|textbox|switch)\b(?! \")", re.MULTILINE
)

# Where the focus is, and whether it can be seen there.
FOCUSED = """() => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const outlined = (x) => {
        const style = getComputedStyle(x);
        return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    };
    // A slider may wear its ring round the thumb, whose style only the sheets tell.
    const thumb = /::-webkit-slider-thumb$/;
    const ringed = (rule) => thumb.test(rule.selectorText) && /focus/.test(rule.selectorText)
        && /outline: [1-9]/.test(rule.style.cssText) && e.matches(rule.selectorText.replace(thumb, ""));
    const rules = e.type === "range" ? [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]) : [];
    const box = e.getBoundingClientRect();
    const seen = (window.dlSeen ??= new Set()), again = seen.has(e);
    seen.add(e);
    return {
        html: e.cloneNode(false).outerHTML.slice(0, 140),
        again,
        main: Boolean(e.closest("main")),
        visible: box.width * box.height > 0 && Math.min(box.right, box.bottom) > 0
            && box.left < innerWidth && box.top < innerHeight,
        outlined: [e, e.parentElement, ...e.children].some(outlined) || rules.some(ringed),
    };
}"""
# Pictures shown while it plays; several changes in one go are one picture.
COUNT_PICTURES = """async (frame, milliseconds) => {
    let pictures = 0;
    const everything = {subtree: true, childList: true, attributes: true, characterData: true};
    const eye = new MutationObserver(() => (pictures += 1));
    eye.observe(frame.querySelector(".dl-drawing"), everything);
    await new Promise((done) => setTimeout(done, milliseconds));
    eye.disconnect();
    return pictures;
}"""


def explorables(tab):
    """The explorables of a page that are no quiz."""
    return [frame for frame in tab.locator(".dl-frame").all() if not frame.locator(".dl-question").count()]


def title_of(frame) -> str:
    """An explorable's title."""
    return frame.locator(".dl-title").first.inner_text()


def undrawn(tab) -> list[str]:
    """Views that show no explorable, or an empty one, and controls without a name."""
    faults = [f"an explorable says: {text}" for text in tab.locator(".dl-host:not(:has(.dl-frame))").all_inner_texts()]
    for frame in tab.locator(".dl-frame").all():
        box = frame.locator(".dl-drawing").bounding_box()
        if not box or box["width"] < 100 or box["height"] < 40:
            faults.append(f"{title_of(frame)!r} has drawn nothing")
        unnamed = UNNAMED.findall(frame.aria_snapshot())
        faults += [f"{title_of(frame)!r} has a control without a name: {line.strip()}" for line in unnamed]
    return faults


def deaf_explorables(tab) -> list[str]:
    """Explorables that show the same whatever control is worked by key, or that Reset doesn't bring back."""
    faults = []
    for frame in explorables(tab):
        first = shown(frame)
        if not (by_arrow(tab, frame) or by_enter(tab, frame)):
            faults.append(f"{title_of(frame)!r} doesn't answer the keyboard")
            continue
        frame.locator(".dl-reset").focus()
        tab.keyboard.press("Enter")
        if not comes_to(tab, frame, lambda now, first=first: now == first):
            faults.append(f"{title_of(frame)!r} is not as it was after Reset")
    return faults


def shown(frame) -> str:
    """What an explorable shows, to compare."""
    return frame.evaluate(SHOWN)


def comes_to(tab, frame, wanted, tries=10) -> bool:
    """Whether what is shown becomes as wanted within half a second."""
    for _ in range(tries):
        if wanted(shown(frame)):
            return True
        tab.wait_for_timeout(50)
    return False


def by_arrow(tab, frame) -> bool:
    """Whether arrow keys on a slider or handle change what is shown, that control itself apart."""
    sliders = frame.locator("input[type=range]:visible, [role=slider]:visible").all()
    return any(pressed(tab, frame, slider, ["ArrowRight", "ArrowLeft", "ArrowUp"]) for slider in sliders)


def by_enter(tab, frame) -> bool:
    """Whether Enter on a button, Reset apart, changes what is shown."""
    buttons = frame.locator("button:visible:not(.dl-reset):not([aria-disabled=true]):not(:disabled)").all()
    return any(pressed(tab, frame, button, ["Enter"]) for button in buttons)


def pressed(tab, frame, control, keys) -> bool:
    """Whether one of the keys, pressed on a control, changes what is shown."""
    control.evaluate("(e) => e.setAttribute('data-pressed', '')")
    before, changed = shown(frame), False
    control.focus()
    for key in keys:
        tab.keyboard.press(key)
        if comes_to(tab, frame, lambda now: now != before):
            changed = True
            break
    control.evaluate("(e) => e.removeAttribute('data-pressed')")
    return changed


def deaf_questions(tab) -> list[str]:
    """Questions that can't be answered by keyboard, or give no reason to an answer."""
    faults = []
    for question in tab.locator(".dl-question").all():
        question.locator("input").first.focus()
        tab.keyboard.press("Space")
        tab.keyboard.press("Tab")
        tab.keyboard.press("Enter")
        reasons = [text for text in question.locator(".dl-reason:visible").all_inner_texts() if len(text.split()) > 2]
        if not reasons:
            faults.append(f"{question.locator('legend').inner_text()!r} doesn't answer the keyboard")
    return faults


def lost_on_the_way(tab, limit=600) -> list[str]:
    """Walk the page by Tab, the skip link first: a way that misses the main part, stops that can't be seen, traps."""
    faults = []
    tab.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    tab.keyboard.press("Tab")
    tab.wait_for_timeout(300)  # the link slides in
    link = tab.evaluate(FOCUSED)
    if not link or 'href="#' not in link["html"] or not link["visible"]:
        return [f"the first Tab shows no skip link but {link}"]
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    stop = tab.evaluate(FOCUSED)
    if not stop or not stop["main"]:
        faults.append(f"after the skip link, Tab leads out of the main part, to {stop}")
    for _ in range(limit):
        if not stop or stop["again"]:
            break
        if not stop["visible"]:
            faults.append(f"Tab stops where nothing is to be seen: {stop['html']}")
        elif not stop["outlined"]:
            faults.append(f"the focus can't be seen on {stop['html']}")
        tab.keyboard.press("Tab")
        stop = tab.evaluate(FOCUSED)
    if stop and stop["html"] != link["html"]:
        faults.append(f"Tab doesn't get past {stop['html']}")
    return faults


def moves(tab, milliseconds=600) -> list[str]:
    """For a reader who asked for less motion: what is animated by style, or plays more than 5 pictures a second."""
    faults = []
    for frame in explorables(tab):
        play = frame.get_by_role("button", name="Play", exact=True)
        if not play.count():
            continue
        play.first.click()
        changes = frame.evaluate(COUNT_PICTURES, milliseconds)
        animations = tab.evaluate("() => document.getAnimations().length")
        if changes > 5 * milliseconds / 1000:
            faults.append(f"{title_of(frame)!r} plays {1000 * changes / milliseconds:.0f} pictures a second")
        if animations:
            faults.append(f"{title_of(frame)!r} runs {animations} animations")
        frame.locator(".dl-reset").click()
    return faults


def results(tab) -> list[str]:
    """The addresses that the search page lists, once it is done and has read each result's summary from its page."""
    done = "() => /finished|did not match/.test(document.querySelector('#search-results')?.innerText ?? '')"
    tab.wait_for_function(done, timeout=30_000)
    tab.wait_for_load_state("networkidle")  # leaving earlier breaks off what is still being read
    return tab.locator("#search-results ul.search li a").evaluate_all("(links) => links.map((a) => a.href)")
