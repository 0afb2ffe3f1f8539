"""How text is read everywhere: words and sentences."""
