"""A generated wealth-management firm, Alder & Wyke, with two tasks: a portfolio summary and compliance-risk flags."""

from luthier.sample_company.wealth_desk.files import generate

__all__ = ["generate"]
