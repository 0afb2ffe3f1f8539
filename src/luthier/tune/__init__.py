"""Changing the model: settings, batches, training, and the specialist that comes out."""
