"""English words that exclude one another, and words so ordinary that they name nobody and nothing.

Both tables are read with their inflections (`forms`), which are made by rule: a form that no one writes does no harm.

`LINES` holds one matter a line. Words of one side say the same of it, those of two sides cannot both be right: whoever
puts "sell" where a letter said "buy" has written another letter. Listed are the opposites that business texts turn on
(orders, permissions, payments, times, doses, people) and the short lists of which one is chosen (how often, which asset
class, which route). `are_opposed` adds what prefixes and endings oppose: able and unable, hypertension and hypotension,
harmful and harmless.
"""

from __future__ import annotations

import functools
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from luthier.text.tokens import listed

LINES = """
buy bought purchase acquire | sell sold dispose | hold held keep kept
buyer purchaser | seller vendor
bid | ask offer
increase rise rose risen raise grow grew grown gain climb | decrease fall fell fallen reduce decline drop lower lose
increasing upward upwards | decreasing downward downwards
up | down
above over exceeding | below under beneath
more | less fewer
most | least fewest
high higher highest | low lower lowest
large larger largest big bigger biggest | small smaller smallest
long longer longest | short shorter shortest
strong stronger strongest | weak weaker weakest
fast faster fastest quick quicker quickest | slow slower slowest
maximum | minimum | average
ceiling cap | floor
permit allow authorise authorize | prohibit forbid forbade forbidden ban bar
accept approve grant agree | reject refuse deny denied decline
confirm | cancel deny revoke
valid | void expired
mandatory compulsory obligatory required must | optional voluntary
include inclusive including | exclude exclusive excluding except
start begin began begun commence open | end stop finish close terminate cease
opening | closing
before prior earlier | after later following
early earliest | late latest
previous preceding former past | next subsequent future coming
morning | afternoon | evening
to into | from
for | against
on | off
in inside within | out outside
internal | external
domestic national | foreign international
inbound incoming arriving | outbound outgoing departing
import | export
arrive arrival | depart departure
load | unload
send sent dispatch deliver pay paid give gave given | receive collect take took taken
sender shipper payer | recipient consignee payee
debit charge | credit refund
debtor borrower | creditor lender
lend lent | borrow
deposit | withdraw withdrew withdrawn withdrawal
income revenue receipts | expense expenditure cost
profit surplus | loss deficit
asset | liability
employer | employee
landlord lessor | tenant lessee
insurer | insured policyholder
teacher | pupil
doctor physician | nurse | pharmacist | patient
adult | child children infant newborn
man men male he him his gentleman | woman women female she her lady
father | mother | son | daughter | brother | sister | husband | wife | uncle | aunt | grandfather | grandmother
parent | child children | spouse | sibling
single unmarried | married | divorced | widowed
senior | junior
pass succeed succeeded | fail
win won | lose lost
success | failure
right correct | wrong incorrect false
true | false
yes | no
good better best favourable favorable | bad worse worst poor
improve strengthen | worsen weaken deteriorate
safe | dangerous hazardous
positive | negative
plus | minus
add | subtract deduct remove
multiply | divide
full | empty
hot warm | cold cool
heat | chill freeze frozen
wet | dry
light | heavy
hard | soft
public | private
fixed | variable floating
temporary | permanent
active | passive
bullish | bearish
bull | bear
overweight | underweight
call | put
gross | net
nominal | real
wholesale | retail
short | long
near | far
left | right
front | back rear
top upper | bottom lower
north northern | south southern | east eastern | west western
enable activate switch | disable deactivate
lock | unlock
hire appoint recruit | fire dismiss
join enter | leave left exit
expand extend | contract shorten curtail
accelerate advance hasten | delay postpone defer
push | pull
remember | forget forgot forgotten
praise | complain complaint
agree | disagree object
support favour favor | oppose
attack | defend
everybody everyone all | nobody
always | never | sometimes | seldom rarely
acute | chronic
benign | malignant
oral mouth | intravenous | intramuscular | subcutaneous | topical | rectal | inhaled
tablet | capsule | cream ointment | syrup | injection | patch | spray | drops
fasting | fed
systolic | diastolic
daily | weekly | fortnightly | monthly | quarterly | annual annually yearly | hourly | nightly
day | night
spring | summer | autumn | winter
bond | equity share stock | cash | property | gold silver | commodity commodities | derivative
growth | income | value | balanced
cautious defensive conservative | moderate | aggressive adventurous speculative
sea ocean vessel ship | air aircraft airfreight | road truck lorry | rail train
standard economy | express priority
visa | mastercard | amex
black | white | red | blue | green | yellow | orange | brown | grey gray | purple | pink
european | american | asian | african | australian
english | german | french | spanish | italian | dutch | portuguese | polish | swiss | austrian | belgian
"""

_NEGATING = ("un", "in", "im", "il", "ir", "non", "dis", "de", "mis", "a", "anti", "counter")
_OPPOSED_PREFIXES = (
    ("hyper", "hypo"), ("over", "under"), ("pre", "post"), ("inter", "intra"), ("up", "down"), ("in", "out"),
    ("im", "ex"), ("in", "ex"), ("en", "dis"), ("pro", "anti"), ("macro", "micro"), ("ante", "post"), ("ab", "ad"),
    ("on", "off"), ("fore", "back"), ("in", "de"), ("as", "de"), ("bene", "male"), ("max", "min"), ("bi", "mono"),
)  # fmt: skip
_OPPOSED_ENDINGS = (("ful", "less"), ("er", "ee"), ("or", "ee"))
_STEM = 4  # letters that must be left when a prefix is taken away: "in-able", but not "in-vest" and "vest"
_LEAST = {"a": 6, "de": 5, "in": 5}  # prefixes that many words only seem to have


def forms(word: str) -> Iterator[str]:
    """A word of English with the endings that verbs, nouns, adjectives and adverbs take."""
    yield word
    if len(word) < 3:
        return
    if word.endswith("y") and word[-2] not in "aeiou":
        yield from (word[:-1] + ending for ending in ("ies", "ied", "ier", "iest", "ily"))
        yield word + "ing"
        return
    if word.endswith("e"):
        yield from (word[:-1] + ending for ending in ("es", "ed", "ing", "er", "est", "ers", "ation", "ion", "able"))
        yield word + "ly"
        return
    yield from (word + ending for ending in ("s", "es", "ed", "ing", "ly", "er", "ers", "est", "ment", "able"))
    if word[-1] not in "aeiouwxy" and word[-2] in "aeiou" and word[-3] not in "aeiou":
        yield from (word + word[-1] + ending for ending in ("ed", "ing", "er", "ers", "est"))


@functools.cache
def sides() -> Mapping[str, Mapping[int, set[int]]]:
    """Of each word that `LINES` have, in any form: the lines it stands in, each with its sides there."""
    found: dict[str, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for line, matter in enumerate(LINES.strip().split("\n")):
        for side, said in enumerate(matter.split("|")):
            for form in itertools.chain.from_iterable(map(forms, said.split())):
                found[form][line].add(side)
    return {word: dict(places) for word, places in found.items()}


def are_opposed(one: str, other: str) -> bool:
    """Whether two words, in lower case, exclude one another."""
    ours, theirs = sides().get(one), sides().get(other)
    if ours and theirs and any(not ours[line] & theirs[line] for line in ours.keys() & theirs.keys()):
        return True
    if one[-_STEM:] == other[-_STEM:]:
        if _negates(one, other) or _negates(other, one):
            return True
        return _differ_in(_OPPOSED_PREFIXES, str.removeprefix, one, other)
    return one[:_STEM] == other[:_STEM] and _differ_in(_OPPOSED_ENDINGS, str.removesuffix, one, other)


def _negates(longer: str, shorter: str) -> bool:
    prefix = longer.removesuffix(shorter)
    return prefix in _NEGATING and len(shorter) >= _LEAST.get(prefix, _STEM)


def _differ_in(pairs: Sequence[tuple[str, str]], cut: Callable[[str, str], str], one: str, other: str) -> bool:
    """Whether the words are the same stem, one with the first of a pair and one with the second."""
    for first, second in pairs:
        for a, b in ((first, second), (second, first)):
            left, right = cut(one, a), cut(other, b)
            if left == right and left != one and right != other and len(left) >= _STEM:
                return True
    return False


ORDINARY = listed(
    "a about above accept accord account achieve acknowledge across act action active activity actual add addition "
    "address adjust administer admit adopt adult advance advantage advice advise adviser affair affect afford after "
    "afternoon afterward again against age agency agent ago agree agreement ahead aim air all allocate allow almost "
    "alone along alongside already also alter alternative although altogether always amend among amongst amount an "
    "analyse analysis analyst analyze and annual another answer anticipate any anybody anyone anything anyway apart "
    "apparent appeal appear applicable application apply appoint appreciate approach appropriate approval approve "
    "area argue arise arm around arrange arrangement arrive article as ask aspect assess assessment asset assign "
    "assist assistance assistant associate assume assure at attach attempt attend attention audit author authorise "
    "authority automatic available average avoid await aware away back background bad balance bank base basic basis "
    "bear because become bed been before begin behalf behave behind believe belong below benefit beside besides best "
    "better between beyond big bill bit board body bond bonus book both bottom box branch break brief bring broad "
    "broker brother budget build building business busy but buy buyer by calculate calculation call can cancel "
    "cannot capable capacity capital car card care career careful cargo carrier carry case cash catch cause cease "
    "central centre certain certificate chair chairman challenge chance change channel charge cheap check chief "
    "child children choice choose circumstance city claim clarify class clean clear clearance clerk client clinic "
    "close code collate colleague collect collection column combine come comfort comment commercial commission "
    "commit commitment committee common communicate communication community company compare comparison compensate "
    "complain complaint complete completion complex compliance compliant comply component comprise concern conclude "
    "conclusion condition conduct conference confidence confidential confirm confirmation conflict connect "
    "connection consequence consider considerable consist consistent constant consult consultation consume contact "
    "contain container content context continue contract contrary contribute contribution control convenience "
    "convenient conversation convert cool copy core corner corporate correct correction correspond cost could "
    "council count counter country couple course court cover create credit criteria critical cross currency current "
    "custom customer cut damage danger data database date day deadline deal dealer dear debit debt decade decide "
    "decision decline deduct deep default deficit define definite degree delay deliver delivery demand demonstrate "
    "deny depart department depend deposit depth derive describe description design desire desk despite detail "
    "determine develop development device diagnosis did differ difference different difficult difficulty dinner "
    "direct direction director discharge disclose discount discover discuss discussion disease dispatch display "
    "dispute distance distribute distribution district divide dividend division do doctor document does done door "
    "dose double doubt down draft draw drive driver drop drug due duration during duty each earlier early earn ease "
    "easy economic economy edge edit edition education effect effective efficient effort either electronic element "
    "eligible else elsewhere email emergency emphasis employ employee employer employment enable enclose encounter "
    "encourage end endorse energy engage enhance enjoy enough enquiry ensure enter enterprise entire entitle entry "
    "environment equal equally equipment equity error especially essential establish estate estimate etc even "
    "evening event eventual ever every everybody everyone everything everywhere evidence exact examination examine "
    "example exceed excellent except exception excess exchange exclude execute execution executive exercise exist "
    "expand expect expectation expense expensive experience expert expire explain explanation explicit export expose "
    "exposure express extend extension extent external extra extreme face facilitate facility fact factor fail "
    "failure fair faith fall familiar family far fast father favour fax feature fee feel few field figure file fill "
    "final finance financial find fine finish firm fiscal fit fix flag flat flexible floor flow focus follow food "
    "foot for force foreign forget form formal format former formula forth forward found four frame free freight "
    "frequent fresh friend from front fulfil full function fund further furthermore future gain gather gave general "
    "generate gentle get give glad global go goal gone good goods government gradual grant great ground group grow "
    "growth guarantee guardian guess guest guidance guide guideline had hair half hand handle happen happy hard has "
    "have having he head heading health hear heart heat heavy held hello help hence her here hers herself high him "
    "himself hint his history hold holder holding holiday home hope hospital host hour house household how however "
    "huge human idea identical identify identity if ill illness image immediate impact implement imply import "
    "important improve improvement in incident include income incoming incorrect increase incur indeed independent "
    "index indicate indication individual industry inform information initial initiate injury input inquiry inside "
    "insist inspect inspection install instance instead institution instruct instruction instrument insurance insure "
    "insurer intend intent interest interim internal international interpret interview into introduce introduction "
    "inventory invest investigate investment investor invite invoice involve is issue it item its itself job join "
    "joint judge judgement just justify keep kept key kind know knowledge known label labour lack land language "
    "large last late later latest latter launch law lawyer lay lead leader leadership learn least leave left legal "
    "lend length less let letter level liability liable licence license life light like likely limit limitation line "
    "link liquid liquidity list listen little live load loan local locate location lock log long look lose loss lot "
    "low lower loyal lump lunch made mail main maintain maintenance major majority make man manage management "
    "manager mandate mandatory manner manual manufacture many margin mark market marriage married match material "
    "matter mature maturity maximum may maybe me mean meaning means meant meanwhile measure measurement mechanism "
    "media medical medication medicine medium meet meeting member membership mention mere message met method middle "
    "might mind mine minimum minister minor minute miss mistake mix mode model moderate modern modest modify moment "
    "money monitor month more moreover morning mortgage most mother move movement much multiple must mutual my "
    "myself name narrow nation national nature near nearly necessary necessity need negative negotiate neither net "
    "network nevertheless new news next nice night nobody nominal none nor normal normally not note nothing notice "
    "notification notify now number nurse object objection objective obligation observe obtain obvious occasion "
    "occur of off offer office officer official often oil old on once one ongoing only onto open operate operation "
    "operator opinion opportunity oppose option or order ordinary organisation organise organization organize "
    "origin original other otherwise ought our ours ourselves out outcome outgoing outline output outside "
    "outstanding over overall overdue overlook overview owe own owner ownership pack package page paid pain paper "
    "paragraph parent part partial participate particular partner partnership party pass past path patient pattern "
    "pay payable payment peak penalty pending pension people per perform performance perhaps period permanent "
    "permission permit person personal personnel phase phone physical pick picture piece place plain plan planning "
    "plant platform play please pleased pleasure plus point policy political poor popular portal portfolio portion "
    "position positive possibility possible post potential pound power practical practice precaution precise prefer "
    "preference premium prepare prescribe prescription presence present presentation press pressure presume pretty "
    "prevent previous price primary principal principle print prior priority private probable problem procedure "
    "proceed process produce product production profession professional profile profit programme progress project "
    "promise promote promotion prompt proof proper property proportion proposal propose prospect protect protection "
    "prove provide provider provision public publication publish purchase purpose pursue push put qualify quality "
    "quantity quarter query question quick quiet quite quota quotation quote raise range rapid rare rate rather "
    "ratio reach react read ready real reality realise realize really reason reasonable recall receipt receive "
    "recent recipient recognise recognize recommend recommendation record recover recovery redeem redemption reduce "
    "reduction refer reference reflect refund refuse regard regarding region regional register registration regret "
    "regular regulate regulation regulator reject relate relation relationship relative release relevant reliable "
    "relief rely remain remainder remark remember remind reminder remit remote removal remove renew renewal rent "
    "repair repay repeat replace replacement reply report represent representative request require requirement "
    "reserve residence resident resolution resolve resource respect respective respond response responsibility "
    "responsible rest restrict restriction result retail retain retire retirement retrieve return revenue reverse "
    "review revise revision revoke reward right ring rise risk road role roll room roughly round route routine row "
    "rule run safe safety said salary sale same sample satisfaction satisfactory satisfy save saving say scale "
    "schedule scheme school scope screen search season seat second secondary section sector secure security see seek "
    "seem seldom select selection self sell seller send senior sense sensitive sent sentence separate sequence "
    "serious serve service session set settle settlement several severe shall shape share shareholder she sheet "
    "shift ship shipment shop short should show side sign signal signature significant similar simple simply since "
    "sincere single sit site situation size skill slight slow small smooth so social soft software solution solve "
    "some somebody someone something sometimes somewhat soon sort sought sound source space speak special "
    "specialist specific specify spend split spoke spread staff stage stand standard start state statement station "
    "statistics status statutory stay step still stock stop storage store story straight strange strategy street "
    "strength strict strong structure study style subject submit subsequent substance substantial substitute succeed "
    "success successful such sudden sufficient suggest suggestion suit suitable suitability sum summary supervise "
    "supervisor supplement supplier supply support suppose sure surface surgery surplus survey suspend swap swift "
    "switch symptom system table take taken talk target task tax team technical technique technology telephone tell "
    "temperature temporary tend term terminate territory test text than thank thanks that the their theirs them "
    "themselves then theory therapy there thereafter thereby therefore therein these they thing think third this "
    "thorough those though thought thousand threat through throughout throw thus ticket tie tight till time timely "
    "timetable tiny title to today together told tolerance tomorrow too took tool top topic total touch toward "
    "towards town trace track trade trader trading traditional traffic train training transaction transfer transit "
    "translate transport travel treat treatment trend trial trip trouble truck true trust trustee try turn turnover "
    "twice type typical ultimate under undergo underlying understand understanding undertake undertaking unit "
    "unless unlike until up update upon upper urgent us usage use useful user usual utilise utilize valid validity "
    "valuable valuation value variable variation variety various vary vehicle verify version very vessel via view "
    "visit visitor vital voice volatile volume voluntary vote wage wait want warehouse warn warning warrant was "
    "waste watch water way we weak wealth wear week weekend weekly weigh weight welcome welfare well were what "
    "whatever when whenever where whereas wherever whether which whichever while whilst who whole whom whose why "
    "wide will willing win window wish with withdraw withdrawal within without witness woman women wonder word "
    "wording work worker workplace world worry worth would write written wrong year yes yesterday yet yield you "
    "young younger your yours yourself zero abide accordance adequate adjacent advisory affiliate allowance alert "
    "ample annex annually appendix archive array ascertain assurance attribute await bargain beforehand believe "
    "beneficial beneficiary bespoke boost brochure bulk cautious clause coherent commence comprehensive concise "
    "concur consent considerate convey cordial counterpart courtesy customary decrease deem delegate depict desirable "
    "deteriorate diligent dispose drawback elaborate elevate embark enquire entail envisage exempt expedite fairly "
    "feasible feedback foresee forthcoming fraction framework fruitful fund gauge glance grateful hereby hitherto "
    "ideal illustrate inception incline inevitable inherent insight integral inventory kindly lasting likewise lodge "
    "logic marginal merit namely notable notwithstanding numerous obliged offset omit ongoing onwards optimal outlay "
    "outlook overlap owing periodic persist pledge plentiful precede predict prevail prevalent proficient prolong "
    "prudent query reassure reckon reconcile reiterate reluctant remedy render repeatedly respectively retrieve "
    "robust satisfied scarce scrutinise shortly solely spare stable steady stipulate straightforward stringent "
    "subsequently substantially supersede surely tailor tangible tariff tentative thereof threshold tidy timing "
    "transparent trigger truly undoubtedly unfortunately urge verbal vigilant whereby worthwhile"
)
"""Base forms; what `forms` makes of them is ordinary too."""


@functools.cache
def ordinary() -> frozenset[str]:
    """All ordinary words in all their forms, and those that have an opposite."""
    return frozenset(itertools.chain(itertools.chain.from_iterable(map(forms, ORDINARY)), sides()))
