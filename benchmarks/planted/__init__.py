"""What benchmarks/planted_defects.py judges a curated firm by, and how it shows the result."""
