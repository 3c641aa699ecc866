"""Message text as Liquid: names in double braces, a few tags, a few filters, and nothing that can run away.

Only the playbook's text is a template. Values are put in once and never read again, so a
display name like {{ secret }} comes out as it is.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

from content.liquid_filters import FILTERS
from content.liquid_work import CountedForTag, CountedTemplate, require_short_ranges

TAGS = frozenset(
    {"content", "output", "illegal", "#", "if", "unless", "case", "for", "break", "continue", "assign",
     "capture", "comment"}
)  # fmt: skip
"""Of Liquid's own. Left out: include and render (files), increment, cycle, tablerow, liquid and the like."""

BUILT_IN_FILTERS = frozenset(
    {"append", "at_least", "at_most", "capitalize", "ceil", "default", "divided_by", "downcase", "first",
     "floor", "join", "last", "minus", "modulo", "plus", "prepend", "reverse", "round", "size", "slice",
     "strip", "times", "truncate", "uniq", "upcase", "url_encode"}
)  # fmt: skip
"""Of Liquid's own. Left out: `date` (reads the clock), and split and replace (a few of them fill the memory)."""

TEMPLATE_LIMIT_CHARS = 20_000

FAULTS = (LiquidError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError)
"""What a template may die of. Not `Exception`: the time limit of a turn must pass through."""

_MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


class Rendered(NamedTuple):
    text: str
    fault: str | None
    """Why the tags were left out instead of filled in; holds no customer's words."""


class _Environment(Environment):
    loop_iteration_limit = 1_000
    output_stream_limit = 40_000
    """Bytes; eight messages' worth of Han characters."""
    local_namespace_limit = 20_000
    block_nesting_limit = 10
    context_depth_limit = 20
    template_class = CountedTemplate

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        self.add_tag(CountedForTag)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        built_in = {name: call for name, call in self.filters.items() if name in BUILT_IN_FILTERS}
        self.filters = {**built_in, **FILTERS}


_ENVIRONMENT = _Environment(extra=False, autoescape=False)


def render(
    text: str, variables: Mapping[str, Any], *, on_fault: Callable[[str], object] | None = None
) -> str:
    """Fill in a text. Unknown names render empty; a template that fails loses its tags and tells `on_fault`.

    Filters for dates and numbers read the variables `language` (default zh-TW) and, for
    instants, `time_zone` (default UTC).
    """
    rendered = render_or_explain(text, variables)
    if rendered.fault is not None and on_fault is not None:
        on_fault(rendered.fault)
    return rendered.text


def render_or_explain(text: str, variables: Mapping[str, Any]) -> Rendered:
    """Fill in a text, and say what went wrong if something did."""
    if "{" not in text:
        return Rendered(text, None)
    try:
        template = _compiled(text)
    except FAULTS as error:
        return Rendered(_MARKUP.sub("", text), _sentence(error))
    try:
        return Rendered(template.render(_wanted(text, variables)), None)
    except FAULTS as error:
        # The message of such an error may quote a value, which is the customer's.
        token = error.token if isinstance(error, LiquidError) else None
        place = f" at “{token.value[:60]}”" if token is not None else ""
        return Rendered(_MARKUP.sub("", text), f"{type(error).__name__}{place}")


def _wanted(text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return only the variables that a text asks for: some cost a query to work out."""
    wanted = {}
    for name in _roots(text):
        try:
            wanted[name] = variables[name]
        except KeyError:
            continue  # renders empty
    return wanted


@lru_cache(maxsize=2_048)
def _roots(text: str) -> frozenset[str]:
    names = {name.partition(".")[0].partition("[")[0] for name in variables_of(text)}
    return frozenset(names | {"language", "time_zone"})


def template_fault(text: str) -> str | None:
    """Return why a text is no template we can fill in, for the check of a playbook."""
    try:
        _compiled(text)
    except FAULTS as error:
        return _sentence(error)
    return None


def variables_of(text: str) -> set[str]:
    """Return the names a text wants to be given, with their parts: `contact.display_name`.

    Empty for a text that is no template; `template_fault` says why.
    """
    try:
        return set(_compiled(text).global_variable_paths())
    except FAULTS:
        return set()


@lru_cache(maxsize=4096)
def _compiled(text: str) -> BoundTemplate:
    """Compile a template; bounded, as texts of old revisions go out of use.

    :raises LiquidError: it cannot be read, or is too long.
    """
    if len(text) > TEMPLATE_LIMIT_CHARS:
        raise LiquidError(f"longer than {TEMPLATE_LIMIT_CHARS} characters", token=None)
    template = _ENVIRONMENT.from_string(text)
    for name in template.analyze().filters:
        if name not in _ENVIRONMENT.filters:
            raise LiquidError(f"unknown filter '{name}'", token=None)
    require_short_ranges(template)
    return template


def _sentence(error: BaseException) -> str:
    message = error.message if isinstance(error, LiquidError) else None
    return str(message or type(error).__name__).splitlines()[0]
