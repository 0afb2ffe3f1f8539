"""What `tune_speed.py` is made of: the work, the sides that do it, and the processes they take turns in."""
