"""The only code that asks any system for answers."""
