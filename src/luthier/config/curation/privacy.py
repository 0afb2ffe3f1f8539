"""Settings of the privacy rule: what is looked for, and what becomes of what is found."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from luthier.config.section import Settings

Policy = Literal["leave", "flag", "mask", "pseudonym"]
Region = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Privacy(Settings):
    """Private data: what becomes of each kind.

    `leave` does nothing and says nothing; `flag` leaves the text and asks a person; `mask` writes the kind in its
    place, `[EMAIL]`; `pseudonym` writes something invented of the same form, the same for the same value everywhere,
    made to be nobody's. What a model is trained on it can repeat, so by this section's defaults nothing that reaches,
    pays for or proves one person stays. Masks are the default because an invented number in an answer looks like a
    fact; names are replaced by invented ones, because a text in which everybody is `[NAME]` no longer says who did
    what.
    """

    email: Policy = "mask"
    """It reaches a person."""
    phone: Policy = "mask"
    """It reaches a person."""
    address: Policy = "mask"
    """Postal addresses, of homes as of offices: a text seldom says which."""
    card: Policy = "mask"
    """Payment card numbers; card-industry rules (PCI DSS) want them nowhere they are not needed."""
    iban: Policy = "mask"
    """Bank accounts by their international number."""
    account: Policy = "mask"
    """Other account numbers, and customers' and policies' numbers: the firm's own key to a person."""
    national_number: Policy = "mask"
    """National, tax, social security, passport and licence numbers: with one, an identity can be stolen."""
    birth_date: Policy = "mask"
    """Dates said to be someone's birth; other dates are left alone."""
    ip_address: Policy = "mask"
    """Personal data under the GDPR, wherever a provider can say whose it was."""
    url: Policy = "mask"
    """Links that carry a login, a token, a contact or a person's profile; other links are left alone."""
    name: Policy = "pseudonym"
    """People's names. Without the `privacy` extra only those that a title, a greeting, a label or a signature shows."""
    location: Policy = "leave"
    """Places, found only with the `privacy` extra. A town alone identifies nobody, and answers often need it."""
    organisation: Policy = "leave"
    """Organisations, found only with the `privacy` extra; they are not personal data."""
    nationality: Policy = "flag"
    """Nationality, religion and politics, found only with the `privacy` extra: special categories under the GDPR."""
    date: Policy = "leave"
    """Dates and times, found only with the `privacy` extra; most are the business's own."""
    web_address: Policy = "leave"
    """Domain names, found only with the `privacy` extra; most are firms'."""
    phone_regions: list[Region] = [
        "US", "CA", "GB", "IE", "AU", "NZ", "IN", "ZA", "SG", "HK", "DE", "AT", "CH", "FR", "BE", "NL", "LU", "ES",
        "PT", "IT", "SE", "NO", "DK", "FI", "PL", "CZ", "HU", "BR", "MX", "JP", "IL",
    ]  # fmt: skip
    """Countries whose numbers are known without `+` and a country code. Fewer are faster and find fewer by mistake."""
    keep_values: bool = False
    """Whether the ledger repeats what was found, in clear. It is read by more people than the data and outlives it;
    without, a finding still says where the value stood, and the ingested text still has it."""
    presidio_model: str | None = None
    """A spaCy model, by name or folder, with which Presidio (`pip install luthier[privacy]`) also looks for names,
    places and organisations. None: only the patterns, which need no model."""
    presidio_score: Annotated[float, Field(ge=0, le=1)] = 0.4
    """What Presidio is less sure of than this is left out; 0.4 keeps its patterns' weak guesses out."""


PRIVATE_BY_DEFAULT = tuple(
    name for name, field in Privacy.model_fields.items() if field.default in ("mask", "pseudonym", "flag")
)
"""The kinds that something is done about by default."""
