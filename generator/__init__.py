"""The paper side: designs, their arithmetic, their checks and the code written from them.

Nothing in this package imports keras, tensorflow, jax, torch or tinymodel; only the sheet reader and writer
import openpyxl. A test asserts the set of loaded modules.
"""
