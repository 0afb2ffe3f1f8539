"""What `curation_scale.py` is made of: the papers of a generated firm, and a watch over a tree of processes."""
