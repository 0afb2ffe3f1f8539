"""The passes of curation, each of which leaves an artefact of its own, so that a killed run repeats one pass at most.

`cleaning` (rules that look at one record) comes first, `comparing` (rules that look across records) then; nothing is
decided in either. `tables` reads and writes records in batches, `workers` spreads batches and jobs over processes,
`signatures` keeps the fingerprints that duplicates are found by.
"""
