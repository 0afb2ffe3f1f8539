"""E-mail addresses, URLs that carry a person's data, and IP addresses.

E-mail: the dot-atom form of RFC 5322, with the characters in use, and domain names of RFC 1035 or their
internationalised form (RFC 5890). IP: RFC 791 and RFC 4291, read by Python's `ipaddress`. Addresses that no host on a
network can have for itself (loopback, unspecified, broadcast, multicast) identify nobody.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from luthier.curate.clean.privacy.cues import counts_things, cued
from luthier.curate.clean.privacy.spans import Span

LONGEST_LOCAL_PART = 64  # RFC 5321, section 4.5.3.1
_LOCAL = frozenset("._%+-'")
_DOMAIN = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24})(?![\w@])", re.IGNORECASE
)

_URL = re.compile(r"(?:https?|ftp)://[^\s<>\"'“”)\]}]+|(?<![\w.@/])www\.[^\s<>\"'“”)\]}]+", re.IGNORECASE)
_USER_DATA = re.compile(
    r"//[^/\s@?#]+@"  # user, perhaps password, before the host
    r"|[?&;](?:user|user_?name|user_?id|uid|e?-?mail|email_?address|login|name|(?:first|last|full)_?name|phone|tel|mobile|"
    r"account|customer|client|member|dob|ssn|token|access_?token|session|session_?id|sid|auth|api_?key|password|pwd)"
    r"(?:_?(?:id|no|number))?=[^&\s]"
    r"|(?://|^)(?:[\w-]+\.)?(?:linkedin\.com/in|facebook\.com|instagram\.com|twitter\.com|x\.com|t\.me|wa\.me)/[\w.%+-]{3,}"
    r"|/~[a-z]|/(?:users?|profiles?|members?|customers?|clients?|accounts?)/[\w.%+-]*\d",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.+-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:(?<=:)(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])", re.IGNORECASE
)
_IPV6_HINT = re.compile(r":[0-9A-Fa-f]{0,4}:")
_IP_CUE = re.compile(
    r"\b(?:ip|ipv4|address|host|server|gateway|dns|router|ping|login|logged|subnet|client|proxy)", re.IGNORECASE
)
_VERSION = re.compile(
    r"(?:\bv|version|release|build|firmware|section|clause|chapter|paragraph|§+|art\.?|no\.?)\s*\Z", re.I
)


def find_emails(text: str) -> Iterator[Span]:
    """Every e-mail address."""
    at = text.find("@")
    while at != -1:
        domain = _DOMAIN.match(text, at + 1)
        start = at
        while (
            start > 0 and at - start < LONGEST_LOCAL_PART and (text[start - 1].isalnum() or text[start - 1] in _LOCAL)
        ):
            start -= 1
        while start < at and text[start] in ".%+-'":
            start += 1
        if domain and start < at and text[at - 1] not in ".'":
            yield Span(start, domain.end(), "email", "an e-mail address")
        at = text.find("@", at + 1)


def find_urls(text: str) -> Iterator[Span]:
    """URLs with a user's name, password, token, profile or contact in them; other links are no one's data."""
    if "://" not in text and "www." not in text.lower():
        return
    for found in _URL.finditer(text):
        url = found[0].rstrip(".,;:!?…")
        if _USER_DATA.search(url):
            yield Span(found.start(), found.start() + len(url), "url", "a link that carries a person's data")


def find_ip_addresses(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses; version and section numbers that look like one are not."""
    for found in _IPV4.finditer(text) if text.count(".") > 2 else ():
        if _is_host(found[0]) and not _is_version(text, found):
            yield Span(*found.span(), "ip_address", "an IP address")
    for found in _IPV6.finditer(text) if _IPV6_HINT.search(text) else ():
        groups = [group for group in found[0].split(":") if group]
        written_out = len(groups) > 1 and max(map(len, groups)) > 2  # "3::4" is rather a ratio, "a::b" a name in code
        if written_out and any(c.isdigit() for c in found[0]) and _is_host(found[0]):
            yield Span(*found.span(), "ip_address", "an IP address")


def _is_host(written: str) -> bool:
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    broadcast = str(address) == "255.255.255.255"
    return not (address.is_loopback or address.is_unspecified or address.is_multicast or broadcast)


def _is_version(text: str, found: re.Match[str]) -> bool:
    """Four numbers below ten are rather a version or a section, unless something near says that it is an address."""
    if _VERSION.search(text, max(0, found.start() - 16), found.start()) or counts_things(text, *found.span()):
        return True
    return all(len(part) == 1 for part in found[0].split(".")) and not cued(text, found.start(), _IP_CUE)
