"""One backend's steps on one model."""
