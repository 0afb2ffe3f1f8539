"""The wordings that whoever writes a rule may look at: the papers of Brackenfield Mutual, a savings society."""
