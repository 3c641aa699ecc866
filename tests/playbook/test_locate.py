"""Paths through the model lead to the lines in the file."""

import pytest

from playbook.faults import Faults
from playbook.locate import Path, line_of
from playbook.source import read

TEXT = """\
rules:
  - id: one
    then: {tag: x, say: hello}
  - id: two
    then:
      - tag: a
        untag:
          - b
          - c
      - say
      - say:
          text: hi
          buttons:
            - label: Go
              start: order
              do:
                - say: bye
                  menu: main
            - {label: {en: Stop, ja: 止}, say: ok}
  - id: three
    then: just words
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("rules", 0), 2),
        (("rules", 0, "then", 1, "say", "text"), 3),
        (("rules", 1, "id"), 4),
        (("rules", 1, "then"), 5),
        (("rules", 1, "then", 0, "tag", 0), 6),
        (("rules", 1, "then", 1, "untag"), 7),
        (("rules", 1, "then", 1, "untag", 1), 9),
        (("rules", 1, "then", 2, "say"), 10),
        (("rules", 1, "then", 3, "say", "text", ""), 12),
        (("rules", 1, "then", 3, "say", "buttons", 0, "label"), 14),
        (("rules", 1, "then", 3, "say", "buttons", 0, "do", 0, "start", "questionnaire"), 15),
        (("rules", 1, "then", 3, "say", "buttons", 0, "do", 1, "say", "text"), 17),
        (("rules", 1, "then", 3, "say", "buttons", 0, "do", 2, "menu"), 18),
        (("rules", 1, "then", 3, "say", "buttons", 1, "label", "ja"), 19),
        (("rules", 1, "then", 3, "say", "buttons", 1, "do", 0, "say", "text"), 19),
        (("rules", 2, "then", 0, "say", "text"), 21),
        (("rules", 7, "then"), 1),
        (("nowhere",), 1),
    ],
)
def test_a_path_through_the_model_leads_to_its_line(path: Path, line: int) -> None:
    root = read(TEXT, "f.yaml", Faults())
    assert root is not None
    assert line_of(root, path) == line
