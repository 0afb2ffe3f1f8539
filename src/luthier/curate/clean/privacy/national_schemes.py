"""Which national and tax numbers of people are known, how they are written, and who says that one is right.

A form is written with `9` for a digit, `A` for a capital letter, `*` for either, and the separators as they are. What
is written in one of a scheme's `forms` and passes its checks is taken at its word: the form is the number's own and
few other strings pass. `cued` forms are shared with phone numbers, orders and amounts, or checked too weakly: they
count only beside the scheme's own words or the general ones. The checks are python-stdnum's; where it has none for a
scheme, they are here, from the authority named. Numbers of companies (VAT, EIN, …) are no one's private data.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass

GENERAL_CUE = re.compile(
    r"\b(?:national|tax(?:payer)?|identity|identification|personal|citizen|social|resident)[ -]?"
    r"(?:id|identity|identification|insurance|security|number|no|card|code|file)\b"
    r"|\b(?:id|i\.d\.)[ -]?(?:number|no|card|#)|\btin\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One country's number. `check` is the name of a python-stdnum module, or a function of our own."""

    what: str
    check: str | Callable[[str], bool]
    forms: tuple[str, ...] = ()
    cued: tuple[str, ...] = ()
    cue: str = r"(?!)"

    def is_valid(self, written: str) -> bool:
        """Whether the number passes the scheme's checks, separators as written."""
        if callable(self.check):
            return self.check(re.sub(r"[^0-9A-Z]", "", written))
        return bool(importlib.import_module(f"stdnum.{self.check}").is_valid(written))


def is_nino(number: str) -> bool:
    """UK National Insurance number: HM Revenue & Customs, NIM39110. No check digit, but few prefixes are given out."""
    prefix = number[:2]
    well_formed = re.fullmatch(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", number) is not None
    return well_formed and prefix not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")


def is_singapore_nric(number: str) -> bool:
    """Singapore NRIC and FIN: the check letter is a weighted sum modulo 11, shifted by century or status."""
    shift, letters = {
        "S": (0, "JZIHGFEDCBA"),
        "T": (4, "JZIHGFEDCBA"),
        "F": (0, "XWUTRQPNMLK"),
        "G": (4, "XWUTRQPNMLK"),
    }.get(number[0], (0, ""))
    total = shift + sum(weight * int(digit) for weight, digit in zip((2, 7, 6, 5, 4, 3, 2), number[1:8], strict=True))
    return bool(letters) and letters[total % 11] == number[8]


def is_hong_kong_id(number: str) -> bool:
    """Hong Kong identity card: letters count from A = 10, a missing first one as 36; the weighted sum is 0 mod 11."""
    letters, digits, check = re.fullmatch(r"([A-Z]{1,2})(\d{6})([\dA])", number).groups()  # type: ignore[union-attr]
    values = [36] * (2 - len(letters)) + [ord(c) - 55 for c in letters] + [int(c) for c in digits]
    values.append(10 if check == "A" else int(check))
    return sum(weight * value for weight, value in zip(range(9, 0, -1), values, strict=True)) % 11 == 0


def is_personal_pan(number: str) -> bool:
    """Indian permanent account number of a person: the fourth letter is P."""
    return number[3] == "P"


SCHEMES: tuple[Scheme, ...] = (
    Scheme("a US Social Security number", "us.ssn", ("999-99-9999",), ("999999999", "999 99 9999"),
           r"\bssn\b|social security"),
    Scheme("a US taxpayer number", "us.itin", ("999-99-9999",), ("999999999", "999 99 9999"), r"\bitin\b"),
    Scheme("a UK National Insurance number", is_nino, ("AA999999A", "AA 99 99 99 A"), ("AA 999999 A",),
           r"\bni(?:no)?\b|insurance"),
    Scheme("an NHS number", "gb.nhs", (), ("9999999999", "999 999 9999", "999-999-9999"), r"\bnhs\b"),
    Scheme("a UK taxpayer reference", "gb.utr", (), ("9999999999", "99999 99999"), r"\butr\b|taxpayer reference"),
    Scheme("a Canadian social insurance number", "ca.sin", (), ("999-999-999", "999 999 999", "999999999"),
           r"\bsin\b|social insurance"),
    Scheme("a Mexican CURP", "mx.curp", ("AAAA999999AAAAAA*9",)),
    Scheme("a Mexican tax number", "mx.rfc", ("AAAA999999***",)),
    Scheme("a Brazilian CPF", "br.cpf", ("999.999.999-99",), ("99999999999",), r"\bcpf\b"),
    Scheme("an Argentine CUIL", "ar.cuit", ("99-99999999-9",), ("99999999999",), r"\bcui[lt]\b"),
    Scheme("a Chilean RUT", "cl.rut", ("99.999.999-*", "9.999.999-*"), ("99999999-*", "9999999-*"), r"\bru[tn]\b"),
    Scheme("a Colombian identity number", "co.nit", (), ("999.999.999-9", "999999999-9"), r"\bnit\b|c[eé]dula"),
    Scheme("an Ecuadorian identity number", "ec.ci", (), ("9999999999", "999999999-9"), r"c[eé]dula"),
    Scheme("a German tax number", "de.idnr", (), ("99999999999", "99 999 999 999"),
           r"steuer|\bid-?nr|identifikationsnummer"),
    Scheme("an Austrian social insurance number", "at.vnr", (), ("9999999999", "9999 999999"),
           r"\bsvnr|versicherungsnummer"),
    Scheme("a Swiss social insurance number", "ch.ssn", ("999.9999.9999.99",), ("9999999999999",), r"\bahv|\bavs\b"),
    Scheme("a French social security number", "fr.nir", ("9 99 99 99 999 999 99", "9 99 99 99 999 999"),
           ("999999999999999",), r"\bnir\b|s[eé]curit[eé] sociale|\binsee"),
    Scheme("a French tax number", "fr.nif", (), ("9999999999999", "99 99 999 999 999"), r"num[eé]ro fiscal|\bspi\b"),
    Scheme("a Belgian national number", "be.nn", ("99.99.99-999.99",), ("99999999999",),
           r"rijksregister|registre national|\bniss\b"),
    Scheme("a Dutch citizen service number", "nl.bsn", (), ("999999999", "9999.99.999"), r"\bbsn\b|burgerservice|sofi"),
    Scheme("an Irish PPS number", "ie.pps", (), ("9999999A", "9999999AA"), r"\bpps"),
    Scheme("a Spanish DNI", "es.dni", ("99999999A", "99999999-A"), ("99.999.999-A",), r"\bdni\b|\bnif\b"),
    Scheme("a Spanish NIE", "es.nie", ("A9999999A", "A-9999999-A"), (), r"\bnie\b"),
    Scheme("a Portuguese tax number", "pt.nif", (), ("999999999", "999 999 999"), r"\bnif\b|contribuinte"),
    Scheme("a Portuguese citizen card number", "pt.cc", ("99999999 9 **9",), ("999999999**9",), r"cart[aã]o"),
    Scheme("an Italian tax code", "it.codicefiscale", ("AAAAAA99A99A999A",)),
    Scheme("a Swedish personal number", "se.personnummer", ("999999-9999", "99999999-9999"),
           ("9999999999", "999999999999"), r"person(?:nummer|nr)"),
    Scheme("a Norwegian birth number", "no.fodselsnummer", ("99999999999", "999999 99999"), (),
           r"f[oø]dselsnummer|personnummer"),
    Scheme("a Danish CPR number", "dk.cpr", (), ("999999-9999", "9999999999"), r"\bcpr|personnummer"),
    Scheme("a Finnish identity code", "fi.hetu", ("999999-999*", "999999A999*"), (), r"\bhetu\b|henkil"),
    Scheme("an Icelandic kennitala", "is_.kennitala", ("999999-9999",), ("9999999999",), r"kennitala|\bkt\."),
    Scheme("an Estonian personal code", "ee.ik", (), ("99999999999",), r"isikukood"),
    Scheme("a Lithuanian personal code", "lt.asmens", (), ("99999999999",), r"asmens kodas"),
    Scheme("a Polish PESEL number", "pl.pesel", (), ("99999999999",), r"\bpesel\b"),
    Scheme("a Czech or Slovak birth number", "cz.rc", ("999999/9999",), ("999999/999", "9999999999"),
           r"rodn[eé]|\br\.?č"),
    Scheme("a Romanian personal code", "ro.cnp", (), ("9999999999999",), r"\bcnp\b"),
    Scheme("a Bulgarian citizen number", "bg.egn", (), ("9999999999",), r"\begn\b|егн"),
    Scheme("a Greek social security number", "gr.amka", (), ("99999999999",), r"\bamka\b|αμκα"),
    Scheme("a Croatian OIB", "hr.oib", (), ("99999999999",), r"\boib\b"),
    Scheme("a Slovenian EMŠO", "si.emso", (), ("9999999999999",), r"\bem[sš]o\b|\bjmbg\b"),
    Scheme("a Turkish identity number", "tr.tckimlik", (), ("99999999999",), r"kimlik|\btckn\b"),
    Scheme("an Israeli identity number", "il.idnr", (), ("999999999", "99999999-9"), r"teudat|zehut|זהות"),
    Scheme("a South African identity number", "za.idnr", (), ("9999999999999", "999999 9999 999"),
           r"\b(?:rsa|sa|said)\b"),
    Scheme("an Aadhaar number", "in_.aadhaar", (), ("9999 9999 9999", "9999-9999-9999", "999999999999"),
           r"aadhaar|\buid(?:ai)?\b"),
    Scheme("an Indian tax number", is_personal_pan, ("AAAAA9999A",)),
    Scheme("a Chinese identity number", "cn.ric", ("99999999999999999*",)),
    Scheme("a Japanese individual number", "jp.in_", (), ("9999 9999 9999", "999999999999"),
           r"my number|マイナンバー|個人番号"),
    Scheme("a Korean resident number", "kr.rrn", ("999999-9999999",), ("9999999999999",), r"\brrn\b|주민"),
    Scheme("a Hong Kong identity card number", is_hong_kong_id, ("A999999(*)", "AA999999(*)"), ("A999999*",),
           r"\bhkid"),
    Scheme("a Singapore identity number", is_singapore_nric, ("A9999999A",), (), r"\bnric\b|\bfin\b"),
    Scheme("a Malaysian identity card number", "my.nric", ("999999-99-9999",), ("999999999999",), r"\bmykad|\bnric\b"),
    Scheme("a Thai personal number", "th.pin", ("9-9999-99999-99-9",), ("9999999999999",), r"thai"),
    Scheme("an Indonesian identity number", "id.nik", (), ("9999999999999999",), r"\bnik\b|\bktp\b"),
    Scheme("a Pakistani identity card number", "pk.cnic", ("99999-9999999-9",), ("9999999999999",), r"\bcnic\b"),
    Scheme("an Australian tax file number", "au.tfn", (), ("999 999 999", "999999999", "99 999 999"),
           r"\btfn\b|tax file"),
    Scheme("a New Zealand tax number", "nz.ird", (), ("99-999-999", "999-999-999", "999999999", "99999999"),
           r"\bird\b|inland revenue"),
    Scheme("a Ukrainian tax number", "ua.rntrc", (), ("9999999999",), r"рнокпп|\brntrc\b"),
    Scheme("a Russian tax number", "ru.inn", (), ("999999999999",), r"\binn\b|инн"),
)  # fmt: skip
