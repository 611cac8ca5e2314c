"""What is the same for every reader is worked out when a template is compiled, not when shown.

A page says some sixty fixed sentences and draws thirty icons; looking each up took a third of the
time a page takes (docs/performance.md). There is one environment a language, so they are known.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup
from typing_extensions import override

Say = Callable[[str], str]


class FoldedEnvironment(Environment):
    """Calls of `fixed` names with nothing but constants become what they return.

    The translation of a sentence (`_`) is one; the others are looked up among the globals, so a
    macro is folded in every template compiled after it became one.
    """

    fixed: frozenset[str] = frozenset()
    translate: Say = str

    @override
    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        return _Folding(self).visit(tree)  # type: ignore[no-any-return]

    def fold(self, name: str, values: list[Any], named: Mapping[str, Any]) -> object | None:
        """What a call with these values returns; None when it has to wait for a reader."""
        if name == "_":
            text = Markup(self.translate(*values))  # noqa: S704 - catalogues are ours
            try:
                return text % named
            except KeyError:
                return None
        found = self.globals.get(name) if name in self.fixed else None
        return found(*values, **named) if callable(found) else None


class _Folding(NodeTransformer):
    def __init__(self, environment: FoldedEnvironment) -> None:
        self.environment = environment

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - Jinja's name
        """Jinja joins constants without escaping them, so there are to be none."""
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802 - Jinja's name
        """A called block hands its body over: the call itself has to stay one."""
        node.call = self.generic_visit(node.call)  # type: ignore[assignment]
        node.body = [self.visit(part) for part in node.body]
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        """Replace a call of constants by its value."""
        self.generic_visit(node)
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            return node
        if not isinstance(node.node, nodes.Name):
            return node
        values = [_constant(argument) for argument in node.args]
        named = {keyword.key: _constant(keyword.value) for keyword in node.kwargs}
        if _UNKNOWN in values or _UNKNOWN in named.values():
            return node
        value = self.environment.fold(node.node.name, values, named)
        if value is None:
            return node
        line = {"lineno": node.lineno}
        if isinstance(value, Markup):
            return nodes.MarkSafe(nodes.Const(str(value), **line), **line)
        return nodes.Const(value, **line)


_UNKNOWN = object()


def _constant(node: nodes.Node) -> object:
    if isinstance(node, nodes.MarkSafe) and isinstance(node.expr, nodes.Const):
        return Markup(node.expr.value)  # noqa: S704 - made by folding a call
    return node.value if isinstance(node, nodes.Const) else _UNKNOWN
