"""A generated hospital pharmacy, Saint Odran: dosage leaflets of invented medicines, and one task, checking orders."""

from luthier.sample_company.pharmacy.files import generate

__all__ = ["generate"]
