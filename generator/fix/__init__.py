"""Workbooks out: what a reader of cells must find in a file that this project writes."""
