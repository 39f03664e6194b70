"""The .xlsx format: guards against hostile files, the XML of its parts, and the values stored beside formulas."""
