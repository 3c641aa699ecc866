"""How much a message text may do while it is filled in: so much, and then it fails, however it is written.

Liquid's own limits count iterations and what is written. A range costs as much as it is long wherever
it stands (`| reverse`, `contains`, `offset`), a filter may return any length, and a thousand turns of a
loop take as long as its body is long.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO

from liquid import BoundTemplate, RenderContext
from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import LoopExpression
from liquid.builtin.expressions.primitive import IntegerLiteral, RangeLiteral
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.exceptions import LiquidError, LoopIterationLimitError, OutputStreamLimitError
from liquid.expression import Expression
from liquid.token import Token

RANGE_LIMIT = 1_000
SIZE_LIMIT = 40_000
"""Characters or items that a filter may return."""
WORK_LIMIT = 500_000
"""Characters of the bodies of loops that one filling may go through: half a second."""
TURN_COSTS = 10
FILTER_COSTS = 100
"""As many characters; it may copy 40,000."""


class CountingContext(RenderContext):
    """Counts what one filling has cost so far."""

    __slots__ = ("spent",)

    def __init__(self, template: BoundTemplate, **more: Any) -> None:
        super().__init__(template, **more)
        self.spent = 0

    def spend(self, cost: int) -> None:
        """:raises LoopIterationLimitError: that was too much."""
        self.spent += cost
        if self.spent > WORK_LIMIT:
            raise LoopIterationLimitError("the text does too much while it is filled in", token=None)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        call = super().filter(name, token)

        def bounded(left: object, *arguments: object, **named: object) -> object:
            self.spend(FILTER_COSTS)
            result = call(left, *arguments, **named)
            if isinstance(result, str | list | tuple) and len(result) > SIZE_LIMIT:
                raise OutputStreamLimitError(f"the filter {name} returns too much", token=token)
            return result

        return bounded


class CountedTemplate(BoundTemplate):
    """A template that is filled in under these limits."""

    context_class = CountingContext


class _Body(BlockNode):
    """What a loop repeats."""

    __slots__ = ("cost",)

    def __init__(self, token: Token, nodes: list[Node]) -> None:
        super().__init__(token, nodes)
        self.cost = len(str(self)) + TURN_COSTS

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if isinstance(context, CountingContext):
            context.spend(self.cost)
        return super().render_to_output(context, buffer)


class _CountedFor(ForNode):
    __slots__ = ()

    def __init__(
        self, token: Token, expression: LoopExpression, block: BlockNode, default: BlockNode | None = None
    ) -> None:
        super().__init__(token, expression, _Body(block.token, block.nodes), default)


class CountedForTag(ForTag):
    """Liquid's `for`, each turn of which is counted."""

    node_class = _CountedFor


def require_short_ranges(template: BoundTemplate) -> None:
    """Refuse ranges whose length is not written there, or is too long: they cost that much wherever they stand.

    :raises LiquidError: there is one.
    """
    context = RenderContext(template)
    for expression in _expressions(template.nodes, context):
        if isinstance(expression, RangeLiteral) and not _is_short(expression):
            what = f"a range such as (1..10) has two written numbers, at most {RANGE_LIMIT:,} apart"
            raise LiquidError(what, token=None)


def _is_short(one: RangeLiteral) -> bool:
    start, stop = one.start, one.stop
    return (
        isinstance(start, IntegerLiteral)
        and isinstance(stop, IntegerLiteral)
        and stop.value - start.value < RANGE_LIMIT
    )


def _expressions(nodes: Iterable[Node], context: RenderContext) -> Iterator[Expression]:
    for node in nodes:
        for expression in node.expressions():
            yield from _with_parts(expression)
        yield from _expressions(node.children(context, include_partials=False), context)


def _with_parts(expression: Expression) -> Iterator[Expression]:
    yield expression
    for part in expression.children():
        yield from _with_parts(part)
