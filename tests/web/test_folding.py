"""Folding a template's constants changes how fast it is shown, never what it shows."""

import gettext

import pytest
from jinja2 import Environment
from markupsafe import Markup

from web.folding import FoldedEnvironment


class Danish(gettext.NullTranslations):
    """A catalogue of three sentences."""

    def gettext(self, message: str) -> str:
        said = {
            "Sign in": "Log ind",
            "%(n)s posts": "%(n)s opslag",
            "100 %% & <b>": "100 %% & <b>!",
        }
        return said.get(message, message)


def environments() -> tuple[Environment, Environment]:
    plain = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    folded = FoldedEnvironment(autoescape=True, extensions=["jinja2.ext.i18n"])
    folded.fixed = frozenset({"icon", "known"})
    folded.translate = Danish().gettext
    for environment in (plain, folded):
        environment.install_gettext_translations(Danish(), newstyle=True)  # type: ignore[attr-defined]
        environment.globals["icon"] = lambda name, size="": Markup("<i {}>").format(name + size)
        environment.globals["known"] = lambda name: name == "today"
        environment.globals["echo"] = lambda value: value
    return plain, folded


@pytest.mark.parametrize(
    "source",
    [
        '{{ _("Sign in") }}',
        '{{ _("100 %% & <b>") }}',
        '{{ _("%(n)s posts", n=3) }}',
        '{{ _("%(n)s posts", n="<3") }}',
        '{{ _("%(n)s posts", n=number) }}',
        '{{ echo(_("Sign in")) }}|{{ echo(_("100 %% & <b>")) }}',
        '<a title="{{ _("Sign in") }}">{{ icon("bell") }}{{ icon("x", size="-s") }}</a>',
        '{{ icon(name) }}{{ icon("b" if name else "c") }}',
        '{% if known("today") %}yes{% else %}no{% endif %}{% if known("x") %}yes{% endif %}',
        '{% macro m(t) %}[{{ t }}]{% endmacro %}{{ m(_("Sign in")) }}{{ m(icon("a")) }}',
        '{% macro f() %}{{ caller() }}{% endmacro %}{% call f() %}{{ _("Sign in") }}{% endcall %}',
        '{{ {"a": _("Sign in")}["a"] }}{{ [_("Sign in")]|join(",") }}',
        "{% trans n=number %}{{ n }} posts{% endtrans %}",
        '{{ "<i>" ~ _("100 %% & <b>") }}',
    ],
)
def test_a_folded_template_shows_the_same(source: str) -> None:
    plain, folded = (
        environment.from_string(source).render(number=7, name="n") for environment in environments()
    )
    assert folded == plain


def test_a_fixed_sentence_is_looked_up_once_and_not_at_each_showing() -> None:
    _, folded = environments()
    asked: list[str] = []

    def translate(text: str) -> str:
        asked.append(text)
        return text

    folded.translate = translate  # type: ignore[attr-defined]  # one of the two is a plain one
    template = folded.from_string('{{ _("Sign in") }}')
    assert [template.render(), template.render()] == ["Sign in", "Sign in"]
    assert asked == ["Sign in"]
