"""Data sets that contradict themselves or attack the reader: one message with place and help, and nothing left behind."""

from __future__ import annotations

import io
import os
import resource
import stat
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.errors import InputError
from tests.support.samples import Files, encode, tiny_imagenet
from tinymodel.data.prepare import prepare

ANNOTATIONS = "val/val_annotations.txt"


def refusal(source: Path, cache: Path) -> str:
    """The message; the refusal must be quick, and the cache folder must hold no data."""
    began = time.monotonic()
    with pytest.raises(InputError) as caught:
        prepare(source, cache=cache)
    assert time.monotonic() - began < 2.0
    assert not [path for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert caught.value.place
    assert str(source) in caught.value.place
    return str(caught.value)


def test_nothing_there(tmp_path, cache) -> None:
    assert "no such file or folder" in refusal(tmp_path / "gone", cache)


def test_folder_without_pictures(tmp_path, cache) -> None:
    (tmp_path / "empty").mkdir()
    assert "no pictures here" in refusal(tmp_path / "empty", cache)


def test_a_class_folder_whose_name_is_no_text(tmp_path, cache) -> None:
    for name in (b"good", b"no\xfftext"):
        folder = os.path.join(os.fsencode(tmp_path / "data"), name)
        os.makedirs(folder)
        for number in range(2):
            Path(os.fsdecode(folder), f"{number}.jpg").write_bytes(encode())
    said = refusal(tmp_path / "data", cache)
    assert "1 class folders have names that are not UTF-8" in said
    assert "\udcff" not in said
    assert "help: rename them" in said


def test_text_named_zip(tmp_path, cache) -> None:
    (tmp_path / "data.zip").write_text("hello")
    assert "not a zip" in refusal(tmp_path / "data.zip", cache)


def test_tar(tmp_path, cache) -> None:
    with tarfile.open(tmp_path / "data.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("train/a/1.png"), io.BytesIO())
    assert "not a zip" in refusal(tmp_path / "data.tar", cache)


def test_zip_cut_off(write_zip, cache) -> None:
    source = write_zip(tiny_imagenet())
    source.write_bytes(source.read_bytes()[:-100])
    assert "zip" in refusal(source, cache)


FOLDER_FAULTS: dict[str, tuple[Callable[[Files], Files], str]] = {
    "class of wnids.txt without folder": (
        lambda f: f | {"wnids.txt": b"n1\nn2\nn3\n"},
        "1 classes of wnids.txt have no pictures",
    ),
    "folder not in wnids.txt": (
        lambda f: f | {"train/n9/images/1.JPEG": encode()},
        "1 class folders in train are not in wnids",
    ),
    "class listed twice": (lambda f: f | {"wnids.txt": b"n1\nn2\nn1\n"}, "listed twice in wnids.txt"),
    "no annotations": (lambda f: {n: d for n, d in f.items() if n != ANNOTATIONS}, "val_annotations.txt is missing"),
    "missing annotation": (lambda f: f | {"val/images/val_8.JPEG": encode()}, "1 val pictures have no annotation"),
    "duplicate annotation": (lambda f: f | {ANNOTATIONS: f[ANNOTATIONS] * 2}, "val_annotations.txt:5: "),
    "annotation of nothing": (lambda f: f | {ANNOTATIONS: f[ANNOTATIONS] + b"val_9.JPEG\tn1\n"}, '"val_9.JPEG" is not in val'),
    "annotation of no class": (lambda f: f | {ANNOTATIONS: f[ANNOTATIONS].replace(b"n2", b"n7")}, 'class "n7" has no folder'),
    "annotation without class": (lambda f: f | {ANNOTATIONS: b"val_0.JPEG n1\n"}, "no class behind a tab"),
    "annotations not text": (lambda f: f | {ANNOTATIONS: b"\xff\xfe\x00"}, "cannot read val/val_annotations.txt"),
    "no val": (lambda f: {n: d for n, d in f.items() if not n.startswith("val")}, "a train folder but no val"),
    "no train pictures": (lambda f: {n: d for n, d in f.items() if not n.startswith("train")}, "have no pictures in train"),
    "one class": (lambda f: {"a/1.png": encode(), "a/2.png": encode()}, "fewer than two classes"),
    "single picture": (lambda f: {"a/1.png": encode(), "a/2.png": encode(), "b/1.png": encode()}, "has a single picture"),
}


@pytest.mark.parametrize("name", FOLDER_FAULTS)
def test_contradictions(write_folder, write_zip, cache, name: str) -> None:
    change, words = FOLDER_FAULTS[name]
    files = change(tiny_imagenet())
    assert words in refusal(write_folder(files), cache)
    assert words in refusal(write_zip(files, top="top/"), cache)


def member(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


MEMBERS: dict[str, tuple[list[zipfile.ZipInfo], str]] = {
    "up": ([member("train/../../x.JPEG")], "a path with"),
    "absolute": ([member("/etc/passwd.JPEG")], "an absolute path"),
    "drive": ([member("C:/x.JPEG")], "an absolute path"),
    "backslash": ([member("train\\..\\x.JPEG")], "a backslash"),
    "link": ([member("train/a/1.JPEG", stat.S_IFLNK | 0o777)], "a symbolic link"),
    "case": ([member("train/a/1.JPEG"), member("train/A/1.JPEG")], "by case only"),
    "twice": ([member("train/a/1.JPEG"), member("train/a/1.JPEG")], "two members of one name"),
    "folder up": ([member("../", stat.S_IFDIR | 0o755)], "a path with"),
}


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_zip_members_that_are_not_taken(tmp_path, cache, name: str) -> None:
    members, words = MEMBERS[name]
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        for path, data in tiny_imagenet().items():
            archive.writestr(path, data)
        for info in members:
            archive.writestr(info, b"x")
    assert words in refusal(tmp_path / "data.zip", cache)


def test_bomb_of_one_member(write_zip, cache) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    source = write_zip(tiny_imagenet() | {"train/n1/images/big.JPEG": bytes(60 * 2**20)})
    assert source.stat().st_size < 2**20
    assert "unpacks to more than 50 times its size" in refusal(source, cache)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


def test_bomb_of_many_members(write_zip, cache) -> None:
    many = {f"train/n1/images/{number}.JPEG": bytes(2**20) for number in range(40)}
    assert "unpacks to too much" in refusal(write_zip(tiny_imagenet() | many), cache)


def test_member_larger_than_its_header_says(write_zip, cache) -> None:
    source = write_zip(tiny_imagenet(per_class=12))
    data = bytearray(source.read_bytes())
    entry = data.rfind(b"PK\x01\x02", 0, data.rfind(b"train/n1/images/n1_3.JPEG"))
    struct.pack_into("<I", data, entry + 24, 50)
    source.write_bytes(data)
    assert prepare(source, cache=cache).skipped[0].startswith("train/n1/images/n1_3.JPEG: damaged in the zip")


def test_encrypted_and_rare_compression(write_zip, tmp_path, cache) -> None:
    source = write_zip(tiny_imagenet())
    data = bytearray(source.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    source.write_bytes(data)
    assert "an encrypted member" in refusal(source, cache)
    with zipfile.ZipFile(tmp_path / "lzma.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("train/a/1.JPEG", b"x" * 100)
    assert "a compression other than deflate" in refusal(tmp_path / "lzma.zip", cache)


def test_directory_that_claims_gigabytes(write_zip, cache) -> None:
    source = write_zip(tiny_imagenet())
    data = bytearray(source.read_bytes())
    struct.pack_into("<I", data, len(data) - 22 + 12, 2**31)
    source.write_bytes(data)
    assert "lists too many files" in refusal(source, cache)


def test_zip_inside_a_folder_of_a_mac(write_zip, cache) -> None:
    litter = {"__MACOSX/top/train/._n1_0.JPEG": b"x", "top/.DS_Store": b"x"}
    files = {f"top/{name}": data for name, data in tiny_imagenet().items()}
    assert prepare(write_zip(files | litter), cache=cache).skipped == ()
