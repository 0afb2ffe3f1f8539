"""Where data lies: each module turns a source's address into the files to read."""
