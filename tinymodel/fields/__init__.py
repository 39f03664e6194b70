"""Which pixels units of a network look at: gradients, and the effective receptive field."""
