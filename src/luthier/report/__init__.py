"""What an owner reads and signs: one HTML page, the scorecard beside it, and a model card."""
