"""What it takes to say something to one contact: what is published, their language, and what texts may use."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from content import liquid
from content.phrases import phrase
from content.revisions import Published
from content.text import Text, pick
from line.limits import TEXT_LIMIT
from line.units import Unit, cut

NOTHING: Mapping[str, object] = MappingProxyType({})

PERSONAL = frozenset({"name", "contact", "tags", "fields", "last", "answers"})
"""The names in texts that stand for something else for everybody."""


@dataclass(frozen=True)
class Voice:
    """Says the texts of one revision in one language; whoever speaks fills in the variables."""

    published: Published
    language: str
    """One of the playbook's languages."""
    base_url: str
    """Where LINE finds the pictures; empty where it could not load any."""
    variables: Mapping[str, object]
    """What texts may use, asked for by name: some of it costs a query."""
    on_fault: Callable[[str], object] | None = None
    """Is told why a text could not be filled in; it is said without its placeholders then."""

    def words(self, text: Text, more: Mapping[str, object] = NOTHING) -> str:
        """Return the text in this language with its placeholders filled."""
        source = pick(text, self.language, self.published.content.default_language)
        return self._filled(source, more)

    def phrase(self, key: str, **more: object) -> str:
        """Return a sentence of the program, in the playbook's wording where it has one."""
        content = self.published.content
        return self._filled(phrase(key, content.phrases, self.language, content.default_language), more)

    def asset_url(self, name: str) -> str | None:
        """Return where a picture of the playbook is served, if LINE can have it."""
        sha256 = self.published.assets.get(name)
        return None if sha256 is None or not self.base_url else f"{self.base_url}/assets/{sha256}"

    def _filled(self, source: str, more: Mapping[str, object]) -> str:
        """Fill a text in, as far as one message takes it: it may quote all that a customer has written."""
        variables = With(self.variables, more) if more else self.variables
        return cut(liquid.render(source, variables, on_fault=self.on_fault), TEXT_LIMIT, Unit.UTF16)


class With(Mapping[str, object]):
    """Variables, and more of them for one text. The ones below are asked only for what a text wants."""

    def __init__(self, variables: Mapping[str, object], more: Mapping[str, object]) -> None:
        self._variables = variables
        self._more = more

    def __getitem__(self, name: str) -> object:
        return self._more[name] if name in self._more else self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._variables), **self._more})

    def __len__(self) -> int:
        return len({*self._variables, *self._more})
