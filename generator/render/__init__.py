"""A design written out in other forms: so far as a Keras script that stands by itself."""

from generator.render.script import render_script

__all__ = ["render_script"]
