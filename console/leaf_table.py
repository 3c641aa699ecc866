"""Every condition of the rule builder: how it is called and what it is made of.

`tests/console/test_segment_parts.py` demands one for each leaf of the rule language.
"""

from collections.abc import Mapping, Sequence

from console.forms_account import ACCOUNT, SERVICE
from console.forms_did import BOUGHT, DID
from console.forms_known import KNOWN
from console.leaf_parts import LeafForm
from console.words import _l

GROUPS: Sequence[tuple[str, str]] = (
    ("known", _l("What we know of them")),
    ("did", _l("What they did")),
    ("bought", _l("What they bought")),
    ("account", _l("How they stand to the account")),
    ("service", _l("Conversations and campaigns")),
    ("more", _l("More")),
)

FORMS: Mapping[str, LeafForm] = {form.kind: form for form in (*KNOWN, *DID, *BOUGHT, *ACCOUNT, *SERVICE)}
"""By kind."""
