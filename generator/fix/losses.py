"""What a workbook loses when openpyxl opens it and saves it again: found by comparing the two files, not by a list of promises.

Counted are the parts of the archive, the elements of each sheet, its extensions, and what stands in the drawings. What
openpyxl writes anew in its own way (strings, styles, the order of calculation) is no loss.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.etree import ElementTree

PART_WORDS = {
    "xl/activeX": "form controls",
    "xl/ctrlProps": "form controls",
    "xl/customProperty": "properties of sheets",
    "xl/connections.xml": "connections to data",
    "xl/dialogsheets": "dialog sheets",
    "xl/diagrams": "diagrams",
    "xl/embeddings": "embedded objects",
    "xl/externalLinks": "links to other workbooks",
    "xl/featurePropertyBag": "check boxes in cells",
    "xl/ink": "ink",
    "xl/macrosheets": "macro sheets",
    "xl/metadata.xml": "dynamic arrays and pictures in cells",
    "xl/model": "a data model",
    "xl/pivotTables": "pivot tables",
    "xl/printerSettings": "settings of the printer",
    "xl/queryTables": "queries",
    "xl/richData": "rich data in cells",
    "xl/slicers": "slicers",
    "xl/threadedComments": "threads of comments (their text stays as notes)",
    "xl/timelines": "timelines",
    "xl/vbaProject.bin": "macros",
    "customXml": "custom XML",
}
"""Parts by folder or name. A folder that is not here holds nothing that openpyxl was seen to lose."""
SHEET_WORDS = {
    "legacyDrawingHF": "pictures in headers and footers",
    "picture": "background pictures",
    "oleObjects": "embedded objects",
    "controls": "form controls",
    "ignoredErrors": "errors that were marked as ignored",
    "customSheetViews": "views of sheets",
    "scenarios": "scenarios",
    "protectedRanges": "ranges with a protection of their own",
    "dataConsolidate": "consolidations",
    "cellWatches": "watched cells",
    "smartTags": "smart tags",
    "webPublishItems": "web publishing",
    "phoneticPr": "phonetic guides",
    "conditionalFormatting": "conditional formats",
    "dataValidations": "data validations",
    "hyperlinks": "links",
    "mergeCells": "merged cells",
    "autoFilter": "filters",
    "sparklineGroup": "sparklines",
    "x14 conditionalFormatting": "newer kinds of conditional formats",
    "x14 dataValidation": "data validations on other sheets",
    "slicer": "slicers",
}
DRAWING_WORDS = {
    "sp": "drawn shapes",
    "cxnSp": "drawn connectors",
    "grpSp": "groups of shapes",
    "pic": "pictures",
    "graphicFrame": "charts and diagrams",
    "contentPart": "ink",
}
EXTENSIONS = {
    "sparklineGroup": "sparklineGroup",
    "conditionalFormatting": "x14 conditionalFormatting",
    "dataValidation": "x14 dataValidation",
    "slicer": "slicer",
}
NOTES_WORDS = "size and colour of notes"
CHARTS_WORDS = "parts of the formatting of charts"
_STARTING_TAG = re.compile(rb"<(?:\w+:)?(sp|cxnSp|grpSp|pic|graphicFrame|contentPart)[\s/>]")


def losses(original: bytes, copy: bytes) -> list[str]:
    """What the original has and the copy lacks, in words, each with its number where it can be counted."""
    with zipfile.ZipFile(io.BytesIO(original)) as old, zipfile.ZipFile(io.BytesIO(copy)) as new:
        lost = _counted(old) - _counted(new)
        names = set(old.namelist())
    words = [f"{number} {what}" if number > 1 and what in DRAWING_WORDS.values() else what for what, number in lost.items()]
    if any(name.startswith("xl/comments") for name in names):
        words.append(NOTES_WORDS)
    if any(name.startswith("xl/charts/chart") for name in names):
        words.append(CHARTS_WORDS)
    return sorted(words)


def _counted(archive: zipfile.ZipFile) -> Counter[str]:
    found: Counter[str] = Counter()
    for name in archive.namelist():
        path = PurePosixPath(name)
        for known in (name, str(path.parent), path.parts[0]):
            if known in PART_WORDS and path.parent.name != "_rels":
                found[PART_WORDS[known]] += 1
                break
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            found.update(_in_sheet(archive.read(name)))
        elif re.fullmatch(r"xl/drawings/[^/]+\.xml", name):
            kinds = _STARTING_TAG.findall(archive.read(name))
            found.update(DRAWING_WORDS[kind.decode()] for kind in kinds)
    return found


def _in_sheet(content: bytes) -> Iterator[str]:
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        return  # openpyxl has read it; whatever it is, it cannot be compared.
    for child in root:
        tag = _local(child.tag)
        if tag in SHEET_WORDS:
            yield SHEET_WORDS[tag]
        if tag == "extLst":
            kinds = {EXTENSIONS[kind] for inner in child.iter() if (kind := _local(inner.tag)) in EXTENSIONS}
            yield from (SHEET_WORDS[kind] for kind in kinds)


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
