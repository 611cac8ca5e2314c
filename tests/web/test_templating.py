"""What people typed, as it is laid out: escaped, in paragraphs, its addresses as links."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2.nodes import EvalContext
from typing_extensions import override

from web.templating import linked, paragraphs, seamed

CONTEXT = EvalContext(Environment(autoescape=True))
REL = "nofollow noopener ugc"


class Reading(HTMLParser):
    """Every tag with its attributes, what stands in the links, and all the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[str] = []
        self.text = ""
        self._inside = False
        self.feed(html)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag == "a"

    @override
    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    @override
    def handle_data(self, data: str) -> None:
        self.text += data
        if self._inside:
            self.links.append(data)


def links(text: str) -> list[str]:
    return Reading(linked(CONTEXT, text)).links


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Se https://example.dk/a?b=1&c=2#d.", ["https://example.dk/a?b=1&c=2#d"]),
        (
            "HTTPS://Example.dk, og så http://to.example/",
            ["HTTPS://Example.dk", "http://to.example/"],
        ),
        ("(https://example.dk)", ["https://example.dk"]),
        ("(se https://example.dk/Skur_(cykel))!", ["https://example.dk/Skur_(cykel)"]),
        ("“https://example.dk/x”…", ["https://example.dk/x"]),
        ("https://example.dk/x؟", ["https://example.dk/x"]),
        ("https://blåbær.dk/sø", ["https://blåbær.dk/sø"]),
        ("https://example.dk:8443/x", ["https://example.dk:8443/x"]),
        ("https://example.dk@evil.example/x", ["https://example.dk"]),
        ("https://example.dk/a\u202ekd.live", ["https://example.dk/a"]),
        ("https://a.dk/1\nhttps://a.dk/2", ["https://a.dk/1", "https://a.dk/2"]),
        ("javascript:alert(1) data:text/html,x ftp://example.dk", []),
        ("https:// https://. http://x https://localhost/ https://1.2.3.4/", []),
        ("nothttps://example.dk mail@example.dk www.example.dk", []),
    ],
)
def test_an_address_is_a_link_and_the_signs_around_it_are_not(text: str, found: list[str]) -> None:
    assert links(text) == found


def test_a_link_reads_from_left_to_right_and_vouches_for_nothing() -> None:
    shown = Reading(linked(CONTEXT, "انظر https://example.dk"))
    assert shown.tags == [
        ("p", {}),
        ("a", {"href": "https://example.dk", "rel": REL, "dir": "ltr"}),
    ]


SIGNS = st.sampled_from([*".,;:!?()[]<>\"'&#/\\@%\n\r\u202e", "&amp;", "</p>", "<a href='x'>"])
ADDRESSES = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https", "HTTPS", "httpſ", "javascript", "ftp"]),
    st.sampled_from(["example.dk", "a.b.example", "x", "blåbær.dk", "example.dk@evil.example"]),
    st.text(alphabet="/?#&=%().,;:'\"<>aæ1- \u200f", max_size=12),
)
TEXTS = st.lists(st.one_of(ADDRESSES, SIGNS, st.text(max_size=8)), max_size=8).map("".join)


@given(TEXTS)
def test_whatever_is_written_only_links_are_added_and_each_leads_where_it_says(text: str) -> None:
    shown, plain = linked(CONTEXT, text), paragraphs(CONTEXT, text)
    assert re.sub(r"</?a\b[^>]*>", "", shown) == plain
    reading = Reading(shown)
    assert {tag for tag, _ in reading.tags} <= {"p", "br", "a"}
    anchors = [attributes for tag, attributes in reading.tags if tag == "a"]
    assert [one["href"] for one in anchors] == reading.links
    for one in anchors:
        assert one == {"href": one["href"], "rel": REL, "dir": "ltr"}
        assert re.match(r"[hH][tT]{2}[pP][sS]?://[^/?#@]+\.", one["href"] or "")
        assert (one["href"] or "")[-1] not in ".,;:!?"


@pytest.mark.parametrize(
    ("title", "parted"),
    [
        ("Vedligeholdelsesreglement", "Vedligeholdelses|reglement"),
        ("Forretningsorden", "Forretnings|orden"),
        ("Referat af repræsentantskabsmøde 1. maj", "Referat af repræsentantskabs|møde 1. maj"),
        ("Referat fra organisationsbestyrelsen", "Referat fra organisations|bestyrelsen"),
        ("Husorden", "Husorden"),
        ("Beretninger", "Beretninger"),
    ],
)
def test_a_long_compound_may_be_parted_at_its_seam_alone(title: str, parted: str) -> None:
    assert seamed(title) == parted.replace("|", "\N{SOFT HYPHEN}")
