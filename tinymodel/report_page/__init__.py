"""The page of a run: `load` reads its files, `page` turns what they say into one HTML text. Light to import."""
