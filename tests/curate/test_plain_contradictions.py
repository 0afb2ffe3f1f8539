"""Business sentences that plainly contradict one another, and pairs that come close and do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from luthier.config.curation.contradictions import Contradictions as Settings
from luthier.curate.compare.contradictions import Contradictions
from luthier.records import Document, Finding, Provenance

Paper = str | tuple[str, str]  # a text, or a title and a text

CONTRADICTING: dict[str, tuple[Paper, Paper]] = {
    "complaints": (
        "Complaints must be answered within 10 working days.",
        "Complaints must be answered within 15 working days.",
    ),
    "complaints, in other words": (
        "We reply to every complaint within ten business days.",
        "A complaint must be answered no later than 15 working days after it came in.",
    ),
    "daily dose after a name": ("Zolvane: maximum daily dose 150 mg.", "Zolvane: maximum daily dose 80 mg."),
    "daily dose under a title": (
        ("Zolvane: tablets", "No more than 60 mg are given in 24 hours."),
        ("Zolvane, pocket card", "Maximum daily dose: 80 mg."),
    ),
    "daily dose under a heading": (
        "# Zolvane\n\nThe maximum daily dose is 150 mg.",
        "The maximum daily dose of Zolvane is 80 mg.",
    ),
    "opening": ("The Fenby branch opens at 9:00.", "The Fenby branch opens at 10 a.m."),
    "opening hours": (
        "The archive is open from 8.30 to 17.00 on weekdays.",
        "The archive is open from 9:00 to 17:00 on weekdays.",
    ),
    "closing": ("The counter closes at 4 p.m.", "The counter closes at 5 p.m."),
    "cut-off": (
        "The cut-off for foreign payments is 14:00.",
        "The cut-off for foreign payments is 15:30.",
    ),
    "day of a deadline": (
        "Applications for the trainee programme must be received by 31 March 2026.",
        "Applications for the trainee programme must be received by 30 April 2026.",
    ),
    "yearly day": ("Tax certificates are sent out by 31 January.", "Tax certificates are sent out by 15 February."),
    "weekday": ("The Fenby branch is closed on Mondays.", "The Fenby branch is closed on Wednesdays."),
    "hotline": (
        "The hotline for lost cards is 0800 123 456.",
        "The hotline for lost cards is 0800 654 321.",
    ),
    "extension": (
        "To report a fire, dial 112 from any desk of the Fenby branch.",
        "To report a fire, dial 118 from any desk of the Fenby branch.",
    ),
    "years kept": ("Records are kept for seven years.", "Records are kept for ten years."),
    "years kept, in other words": (
        "Client files must be retained for at least 10 years.",
        "We keep client files for at least seven years.",
    ),
    "approver": (
        "Travel expenses are approved by the head of department.",
        "Travel expenses are approved by the finance director.",
    ),
    "approver, active": (
        "Only the risk committee approves new suppliers.",
        "New suppliers must be approved by the purchasing manager.",
    ),
    "manager": ("The manager of the Fenby branch is Anna Roth.", "The manager of the Fenby branch is Karl Lang."),
    "responsible": (
        "The compliance office is responsible for the gift register.",
        "Responsibility for the gift register lies with the legal team.",
    ),
    "fee": (
        "The management fee of the Amber Fund is 0.75 % a year.",
        "The Amber Fund has a management fee of 0.9 percent a year.",
    ),
    "fee without a name": (
        "The fee for a duplicate statement is EUR 10.",
        "The fee for a duplicate statement is EUR 15.",
    ),
    "notice": (
        "Employees must give three months' notice.",
        "Employees must give one month's notice.",
    ),
    "age": ("The minimum age for a current account is 16 years.", "The minimum age for a current account is 18 years."),
    "limit": (
        "Cash withdrawals are limited to EUR 500 per day.",
        "The limit for cash withdrawals is EUR 1,000 per day.",
    ),
    "leave": (
        ("Leave rules", "Staff are entitled to 25 days of annual leave."),
        ("Leave rules", "Staff are entitled to 28 days of annual leave."),
    ),
    "password": (
        "A password must have at least 8 characters.",
        "A password must have at least 12 characters.",
    ),
}

COMPATIBLE: dict[str, tuple[Paper, Paper]] = {
    "two medicines, names first": ("Zolvane: maximum daily dose 150 mg.", "Brixol: maximum daily dose 80 mg."),
    "two medicines, in titles": (
        ("Zolvane: dosage", "The maximum daily dose is 150 mg."),
        ("Brixol: dosage", "The maximum daily dose is 80 mg."),
    ),
    "two medicines, in headings": (
        "# Zolvane\n\nNo more than 60 mg are given in 24 hours.",
        "# Brixol\n\nNo more than 90 mg are given in 24 hours.",
    ),
    "adults and children, in titles": (
        ("Zolvane: dosage in adults", "The maximum daily dose is 150 mg."),
        ("Zolvane: dosage in children under 12", "The maximum daily dose is 80 mg."),
    ),
    "adults and children, in the opening": (
        ("Zolvane, card", "Zolvane for adults. At most 150 mg in 24 hours."),
        ("Zolvane, card", "Zolvane for children. At most 80 mg in 24 hours."),
    ),
    "single and daily dose": ("The single dose of Zolvane is 20 mg.", "The maximum daily dose of Zolvane is 80 mg."),
    "two funds": (
        ("Amber Fund: fact sheet", "The management fee is 0.75 % a year."),
        ("Dune Fund: fact sheet", "The management fee is 0.9 % a year."),
    ),
    "two accounts, written small": (
        ("Savings account", "The notice period is 30 days."),
        ("Fixed-term account", "The notice period is 90 days."),
    ),
    "two clients": (
        ("Fee agreement, Ms Roth", "The custody fee is 0.3 % a year."),
        ("Fee agreement, Mr Lang", "The custody fee is 0.4 % a year."),
    ),
    "two years": (
        ("Price list 2024", "The fee for a duplicate statement is EUR 10."),
        ("Price list 2025", "The fee for a duplicate statement is EUR 12."),
    ),
    "two years' deadlines": (
        "Applications for the trainee programme must be received by 31 March 2025.",
        "Applications for the trainee programme must be received by 30 April 2026.",
    ),
    "two branches": ("The Fenby branch opens at 9:00.", "The Garsdale branch opens at 10:00."),
    "two days of the week": (
        "On Fridays the Fenby branch closes at 4 p.m.",
        "On Mondays the Fenby branch closes at 5 p.m.",
    ),
    "opens and closes": ("The counter opens at 9 a.m.", "The counter closes at 5 p.m."),
    "one time in two forms": ("The counter opens at 9 a.m.", "The counter opens at 09:00."),
    "working days and calendar days": (
        "Complaints must be answered within 10 working days.",
        "Complaints must be answered within 14 days.",
    ),
    "acknowledged and answered": (
        "Complaints are acknowledged within 2 working days.",
        "Complaints are answered within 10 working days.",
    ),
    "two hotlines": ("The hotline for lost cards is 0800 123 456.", "The hotline for online banking is 0800 654 321."),
    "one number in two forms": (
        "The hotline for lost cards is +44 800 123 4567.",
        "The hotline for lost cards is 0800 123 4567.",
    ),
    "two sorts of records": ("Payroll records are kept for seven years.", "Accident records are kept for ten years."),
    "the same in words": ("Records are kept for seven years.", "Records are kept for 7 years."),
    "an approver for each sum": (
        "Expenses up to EUR 500 are approved by the team leader.",
        "Expenses above EUR 500 are approved by the finance director.",
    ),
    "approvers of two things": (
        "Travel expenses are approved by the head of department.",
        "Gifts are approved by the compliance office.",
    ),
    "managers of two branches": (
        "The manager of the Fenby branch is Anna Roth.",
        "The manager of the Garsdale branch is Karl Lang.",
    ),
    "a person with and without a first name": (
        "The manager of the Fenby branch is Anna Roth.",
        "The manager of the Fenby branch is Ms Roth.",
    ),
    "a fee for each size": (
        "Transfers above EUR 1,000 cost a fee of EUR 5.",
        "Transfers above EUR 5,000 cost a fee of EUR 10.",
    ),
    "private and business": (
        "The monthly fee for a private account is EUR 5.",
        "The monthly fee for a business account is EUR 12.",
    ),
    "minimum and maximum": (
        "A password must have at least 8 characters.",
        "A password must have at most 64 characters.",
    ),
    "monthly and yearly": ("The card costs a fee of EUR 5 per month.", "The card costs a fee of EUR 50 per year."),
    "two teams' leave": (
        ("Leave in the Fenby branch", "Staff are entitled to 25 days of leave."),
        ("Leave in the Garsdale branch", "Staff are entitled to 28 days of leave."),
    ),
}


def found(*papers: Paper) -> list[Finding]:
    titled = [paper if isinstance(paper, tuple) else (None, paper) for paper in papers]
    rule = Contradictions(Settings())
    for number, (title, text) in enumerate(titled):
        source = Provenance(source="s", file=f"{number}.txt")
        rule.add(Document(id=f"d{number}", text=text, media_type="text/plain", source=source, title=title))

    def again(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
        return ((record_id, titled[int(record_id[1:])][1]) for record_id in ids)

    return list(rule.findings(again))


def test_what_plainly_contradicts_is_found() -> None:
    missed = {name for name, pair in CONTRADICTING.items() if not found(*pair)}
    assert len(missed) <= 2, missed


def test_what_comes_close_is_left_alone() -> None:
    assert {name for name, pair in COMPATIBLE.items() if found(*pair)} == set()
