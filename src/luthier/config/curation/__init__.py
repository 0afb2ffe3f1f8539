"""The sections under `curate:`, one file a rule."""
