"""A page of the site as a test reads it: its anchors, links, headings, and what must not be in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "wbr", "img", "hr"}


def text_of(page: str) -> str:
    """Return the words of a page without its tags."""
    spaced = re.sub(r"</(td|th|li|dt|dd|p|h\d|summary|span|caption)>", " ", page)
    return " ".join(re.sub(r"<[^>]*>", "", spaced).split())


class Page(HTMLParser):
    """A parsed page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.inline: list[str] = []
        self.captionless = 0
        self.canonical = self.policy = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.unclosed = self._open

    def handle_starttag(self, tag, attrs):
        """Note a tag and what it refers to."""
        given = dict(attrs)
        drawn = "svg" in (tag, *self._open)
        self.tags += [] if drawn else [tag]
        if "id" in given:
            self.anchors.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        elif tag in {"script", "img"} or (tag == "link" and given["rel"] in {"stylesheet", "icon"}):
            self.loaded.append(given.get("src") or given.get("href") or "")
        elif tag == "link" and given["rel"] == "canonical":
            self.canonical = given["href"]
        elif tag == "link":
            self.links.append(given["href"])
        elif tag == "form" and "action" in given:
            self.links.append(given["action"])
        elif tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        elif len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        elif tag == "table":
            self.captionless += 1
        elif tag == "caption":
            self.captionless -= 1
        if not drawn:
            self.inline += [name for name in given if name.startswith("on") or name == "style"]
            self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in given) else []
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Note a tag that ends itself."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        """Close the last tag, which must be this one."""
        assert self._open
        assert self._open.pop() == tag
