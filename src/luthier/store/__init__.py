"""What is saved: immutable artefacts on disk, keyed by the hash of what made them."""
