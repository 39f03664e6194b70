"""Design sheets: workbook → tables → columns → rows, with every claimed value and its cell.

Knows no file name, no sheet title and no cell address: tables are found by looking at the cells.
"""
