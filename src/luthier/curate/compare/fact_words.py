"""English words that carry a fact, in lower case: numbers, times, negations, and the units that follow a figure."""

from __future__ import annotations

NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion half "
    "third quarter once twice double triple first second last"
)
DATES = (  # not "may", which is mostly the verb
    "january february march april june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday yesterday today tomorrow"
)
NEGATIONS = (
    "no not non never none nobody nothing neither nor without cannot cant dont doesnt didnt wont wouldnt isnt arent "
    "wasnt werent hasnt havent hadnt couldnt shouldnt"
)
CONTRACTED = "don doesn didn won wouldn isn aren wasn weren hasn haven hadn couldn shouldn can"  # before "'t"
UNITS = (
    "second seconds minute minutes hour hours day days night nights week weeks month months quarter quarters year "
    "years percent per basis bp bps points eur euro euros usd dollar dollars gbp pound pounds pence chf francs "
    "jpy yen cents thousand million billion trillion k m bn g mg mcg ug kg kilograms grams milligrams micrograms "
    "t tonnes tons lb lbs oz ml l cl litres liters litre liter millilitres iu units tablets capsules drops doses "
    "puffs mm cm km metres meters miles hectares acres kwh mwh kw mw pallets containers boxes pieces shares am pm "
    "january february march april may june july august september october november december jan feb mar apr jun "
    "jul aug sep sept oct nov dec"
)
TITLES = "mr mrs ms dr prof st sir mme herr frau"
