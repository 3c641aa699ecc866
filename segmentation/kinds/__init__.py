"""The kinds of leaf that a rule can be made of, a file for each thing they ask about."""
