"""The wordings that a rule is scored on: the papers of Corvane Cold Chain, a haulier of chilled goods.

Whoever writes or tunes a rule of curation does not read these files.
"""
