"""Luthier: one organisation's specialist language model, with proof."""

__version__ = "0.1.0"
