"""A design written out in other forms: so far as a Keras script that stands by itself."""
