"""What answers are measured by: ROUGE for texts, classification figures for labels."""
