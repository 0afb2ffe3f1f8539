"""The firm, its products, and the words that label everything as generated."""

from __future__ import annotations

from dataclasses import dataclass

FIRM = "Alder & Wyke Wealth"
NOTICE = f"Generated sample data: {FIRM}, its clients and products are invented."


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the catalogue. `risk_class` runs from 1 (lowest) to 5."""

    name: str
    asset: str
    risk_class: int

    @property
    def in_house(self) -> bool:
        """Whether the firm runs the product itself: such products carry the firm's name."""
        return self.name.startswith("Alder ")


PRODUCTS = tuple(
    Product(name, asset, risk_class)
    for name, asset, risk_class in [
        ("Alder Reserve", "money market", 1),
        ("Alder Bond", "bonds", 2),
        ("Alder Income", "bonds", 2),
        ("Alder Balanced", "mixed", 3),
        ("Alder Dividend", "shares", 3),
        ("Alder Growth", "shares", 4),
        ("Alder Property", "property", 4),
        ("Alder Frontier", "shares", 5),
        ("Kestrel Money", "money market", 1),
        ("Halden Gilt", "bonds", 1),
        ("Halden Income", "bonds", 2),
        ("Corvin Bond", "bonds", 2),
        ("Pell Defensive", "mixed", 2),
        ("Pell Mixed", "mixed", 3),
        ("Meridian Credit", "bonds", 3),
        ("Vela Europe", "shares", 3),
        ("Corvin Equity", "shares", 4),
        ("Meridian Global", "shares", 4),
        ("Tarn Infrastructure", "property", 4),
        ("Vela Asia", "shares", 5),
        ("Tarn Small Cap", "shares", 5),
        ("Orso Gold", "commodities", 5),
    ]
)
BY_NAME = {product.name: product for product in PRODUCTS}
