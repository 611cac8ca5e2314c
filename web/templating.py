"""Templates: one environment a language, macros of `parts/` everywhere, blocks rendered alone."""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Macro
from markupsafe import Markup, escape
from starlette.routing import BaseRoute, Route

from estate import clock
from estate.files.rules import flowing
from estate.language import N_, Message, say
from estate.people.rules import initials
from web.catalogues import Speech
from web.folding import FoldedEnvironment

HERE = Path(__file__).parent
STATIC = HERE / "static"
PARTS = ("basics", "actions", "forms", "frame", "lists", "office", "posts", "paper", "reading")
FIXED = frozenset({"asset", "icon", "known", "mark", "url_for"})
"""What depends on nothing but what it is given."""
PARAMETER = re.compile(r"{(\w+)(:\w+)?}")
ADDRESS = re.compile(
    r"(?<![^\W_])[hH][tT]{2}[pP][sS]?://(?:[\w-]+\.)+[^\W\d_][\w-]+(?::\d{1,5})?"
    r"(?:[/?#][^\s<>\"'`{}|\\^“”„«»\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*)?"
)
"""A page elsewhere, with nothing in it that could make it look like another."""

SEAM = re.compile(r"(elses|nings|heds|skabs|tions)(?=[^\W\d_]{4})")
"""Where a Danish compound goes on: after an ending and the s that joins it to the next word."""

AFTER_AN_ADDRESS = ".,;:!?…·*’›([،؛؟"
OPENED_BY = {")": "(", "]": "["}
LINK = Markup('<a href="{0}" rel="nofollow noopener ugc" dir="ltr">{0}</a>')


class Addresses:
    """Every named route's path, and every static file's versioned address."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        named = [route for route in routes if isinstance(route, Route)]
        self._paths = {route.name: PARAMETER.sub(r"{\1}", route.path) for route in named}
        shown = [route for route in named if _shows(route)]
        self._shown = [route.path_regex for route in shown]
        self._unshown = {route.path for route in named} - {route.path for route in shown}
        self._assets: dict[str, str] = {}

    def url_for(self, name: str, **parameters: object) -> str:
        """The path of a handler, by the handler's name."""
        return self._paths[name].format(**parameters)

    def shown_at(self, path: str) -> str:
        """Where a path can be asked for: there, or above where it only takes forms or passes on."""
        while path and not self._is_shown(path):
            path = path.rpartition("/")[0]
        return path or "/"

    def _is_shown(self, path: str) -> bool:
        # `/sign-in/email` takes a form, and is no code of `/sign-in/{code}`.
        return path not in self._unshown and any(shown.match(path) for shown in self._shown)

    def known(self, name: str) -> bool:
        """Whether a handler of this name exists yet."""
        return name in self._paths

    def asset(self, path: str) -> str:
        """The address of a static file; its version is what it contains, so it never goes stale."""
        if path not in self._assets:
            digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
            self._assets[path] = f"/static/{path}?v={digest}"
        return self._assets[path]


def _shows(route: Route) -> bool:
    """Whether a route has a page that one can come back to."""
    facts = getattr(route, "page", None)
    return "GET" in (route.methods or ()) and not (facts is not None and facts.passing)


@pass_eval_context
def paragraphs(context: EvalContext, text: str) -> Markup:
    """Plain text as people typed it: blank lines part paragraphs, single breaks stay."""
    return _laid_out(text, escape)


@pass_eval_context
def linked(context: EvalContext, text: str) -> Markup:
    """The same where it is read on a screen: web addresses in it are links, and nothing else is."""
    return _laid_out(text, _with_links)


def _laid_out(text: str, line: Callable[[str], Markup]) -> Markup:
    blocks = re.split(r"\n\s*\n", text.strip().replace("\r\n", "\n"))
    lines = (Markup("<br>").join(map(line, block.split("\n"))) for block in blocks)
    return Markup("").join(Markup("<p>{}</p>").format(block) for block in lines)


def _with_links(line: str) -> Markup:
    pieces: list[Markup] = []
    end = 0
    for found in ADDRESS.finditer(line):
        address = _ended(found[0])
        pieces += [escape(line[end : found.start()]), LINK.format(address)]
        end = found.start() + len(address)
    return Markup("").join([*pieces, escape(line[end:])])


def _ended(address: str) -> str:
    """An address without the full stop after it, or the bracket around it."""
    while (last := address[-1]) in AFTER_AN_ADDRESS or (
        last in OPENED_BY and address.count(last) > address.count(OPENED_BY[last])
    ):
        address = address[:-1]
    return address


def unbroken(number: str) -> str:
    """A phone number that stays on one line."""
    return number.replace(" ", "\N{NO-BREAK SPACE}")


def seamed(title: str) -> str:
    """A Danish title whose long compounds may be parted at a seam that their ending shows.

    Not every browser has a dictionary to hyphenate by; `vedligeholdelsesreglement` is wider than
    a phone.
    """
    return SEAM.sub("\\1\N{SOFT HYPHEN}", title)


def fresh_id() -> str:
    """A new submission id for a form's hidden field, so that a double tap has one effect."""
    return secrets.token_urlsafe(16)


def remembering(most: int) -> Callable[..., Markup]:
    """`kept(macro, *values)`: what a macro made of the same plain values before.

    For pieces that many readers share. The values are the key, so a change of any is a new piece;
    nothing about the reader may be among them.
    """

    def kept(macro: Macro, *values: object) -> Markup:
        return Markup(macro(*values))  # noqa: S704 - a macro's output is escaped already

    return lru_cache(maxsize=most)(kept)


class Templates:
    """Renders a page, or one of its named blocks, in a language."""

    def __init__(self, addresses: Addresses, speeches: Mapping[str, Speech]) -> None:
        self.addresses = addresses
        self.speeches = speeches
        self._environments = {
            language: self._environment(speech) for language, speech in speeches.items()
        }

    def _environment(self, speech: Speech) -> Environment:
        environment = FoldedEnvironment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_translations(speech.catalogue, newstyle=True)  # type: ignore[attr-defined]
        environment.fixed = FIXED
        environment.translate = speech.catalogue.gettext
        environment.globals.update(
            url_for=self.addresses.url_for,
            asset=self.addresses.asset,
            known=self.addresses.known,
            say=speech.say,
            fresh_id=fresh_id,
            kept=remembering(4000),
        )
        environment.filters.update(
            ago=speech.ago,
            moment=speech.moment,
            stamp=speech.stamp,
            local_date=lambda moment: clock.local(moment).date(),
            last_day=clock.last_day,
            day=speech.day,
            weekday=speech.weekday,
            clock_time=speech.clock_time,
            number=speech.number,
            kroner=speech.kroner,
            apart=speech.apart,
            bound=speech.bound,
            say=lambda message: speech.say(message) if isinstance(message, Message) else message,
            unbroken=unbroken,
            seamed=seamed,
            flowing=flowing,
            paragraphs=paragraphs,
            linked=linked,
            initials=initials,
            writer=lambda name: name or speech.say(say(N_("A former resident"))),
        )
        # In this order: a macro finds those of the files before its own.
        for part in PARTS:
            exported = vars(environment.get_template(f"parts/{part}.html").module)
            macros = {name: item for name, item in exported.items() if isinstance(item, Macro)}
            environment.globals.update(macros)
        return environment

    def template(self, name: str, language: str) -> Template:
        """A compiled template."""
        return self._environments[language].get_template(name)

    def render(
        self, name: str, values: Mapping[str, Any], language: str, block: str | None = None
    ) -> str:
        """A whole page, or only the named block of it."""
        template = self.template(name, language)
        if block is None:
            return template.render(values)
        context = template.new_context(dict(values))
        return "".join(template.blocks[block](context))
