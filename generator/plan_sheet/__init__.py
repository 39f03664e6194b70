"""Our own workbook of a design: its layout, how it is written, read and checked."""
