"""Proofs that the numbers of a network are true: calculator = Keras = gradient, or the reason why that cannot be shown."""

from tinymodel.verification.proofs import Verified, verify_design, verify_model

__all__ = ["Verified", "verify_design", "verify_model"]
