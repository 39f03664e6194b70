"""Every layout gives the same data set; its pixels are Pillow's; the cache survives what may happen to files."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.errors import InputError
from tests.support.samples import encode, tiny_imagenet
from tinymodel.data.dataset import describe
from tinymodel.data.prepare import prepare

ROUNDED_TWICE = 1.0
"""Pillow averages rows, rounds, averages columns, rounds."""


def test_zip_and_folder_give_one_data_set(write_folder, write_zip, cache) -> None:
    files = tiny_imagenet()
    from_folder = prepare(write_folder(files), cache=cache)
    from_zip = prepare(write_zip(files, top="tiny-imagenet-200/"), cache=cache)
    assert from_folder.classes == ("n1", "n2")
    assert from_folder.titles == ("goldfish", "beacon")
    assert from_folder.image_size == 16
    assert from_folder.fingerprint == from_zip.fingerprint
    assert from_folder.folder != from_zip.folder
    train, val = from_zip.split("train"), from_zip.split("val")
    assert train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert train.labels.dtype == np.int32
    assert val.labels.tolist() == [0, 0, 1, 1]
    assert val.names == ("val/images/val_0.JPEG", "val/images/val_2.JPEG", "val/images/val_1.JPEG", "val/images/val_3.JPEG")
    for image, name in zip(train.images, train.names, strict=True):
        assert np.array_equal(image, np.asarray(Image.open(io.BytesIO(files[name]))))
    assert isinstance(train.images, np.memmap)
    assert train.images.flags["C_CONTIGUOUS"]
    assert not train.images.flags["WRITEABLE"]


def test_fingerprint_changes_with_pixels_labels_and_classes(write_folder, cache) -> None:
    files = tiny_imagenet()
    pixel = files | {"train/n1/images/n1_0.JPEG": encode(shade=77)}
    swapped = files["val/val_annotations.txt"].replace(b"n1", b"x").replace(b"n2", b"n1").replace(b"x", b"n2")
    label = files | {"val/val_annotations.txt": swapped}
    renamed = {name.replace("n2", "n3"): data.replace(b"n2", b"n3") for name, data in files.items()}
    sets = [prepare(write_folder(one, str(number)), cache=cache) for number, one in enumerate((files, pixel, label, renamed))]
    assert len({data.fingerprint for data in sets}) == 4


def test_class_folders_with_val(write_folder, cache) -> None:
    files = {f"{split}/{name}/{n}.png": encode(format="PNG") for split in ("train", "val") for name in "ab" for n in range(2)}
    data = prepare(write_folder(files), cache=cache)
    assert data.classes == data.titles == ("a", "b")
    assert data.split("val").labels.tolist() == [0, 0, 1, 1]


def test_plain_class_folders_hold_out_a_tenth_that_stays_when_others_come(write_folder, cache) -> None:
    files = {f"{name}/{number}.png": encode(format="PNG", shade=number) for name in ("cat", "dog") for number in range(25)}
    data = prepare(write_folder(files), cache=cache)
    assert (data.counts["train"], data.counts["val"]) == (44, 6)
    held_out = set(data.split("val").names)
    assert not held_out & set(data.split("train").names)
    fewer = {name: files[name] for name in sorted(files) if name != sorted(set(files) - held_out)[0]}
    assert set(prepare(write_folder(fewer, "fewer"), cache=cache).split("val").names) == held_out


def test_other_sizes_are_cut_to_the_centre_square_and_averaged(write_folder, cache) -> None:
    files = tiny_imagenet() | {"train/n1/images/n1_9.JPEG": encode((48, 32), "PNG")}
    data = prepare(write_folder(files), cache=cache)
    assert data.image_size == 16
    stored = data.split("train").images[data.split("train").names.index("train/n1/images/n1_9.JPEG")]
    square = np.asarray(Image.open(io.BytesIO(files["train/n1/images/n1_9.JPEG"])))[:, 8:40].astype(float)
    assert np.abs(stored - square.reshape(16, 2, 16, 2, 3).mean(axis=(1, 3))).max() <= ROUNDED_TWICE


def test_split_at_another_size_is_made_once_and_kept(write_folder, cache) -> None:
    data = prepare(write_folder(tiny_imagenet()), cache=cache)
    full, small = data.split("train"), data.split("train", image_size=8)
    mean = full.images.reshape(6, 8, 2, 8, 2, 3).mean(axis=(2, 4))
    assert np.abs(small.images - mean).max() <= ROUNDED_TWICE
    file = data.folder / "train.8.u8"
    made = file.stat().st_mtime_ns
    assert np.array_equal(data.split("train", image_size=8).images, small.images)
    assert file.stat().st_mtime_ns == made
    file.write_bytes(bytes(file.stat().st_size))
    assert data.split("train", image_size=8).images.any()
    assert prepare(write_folder(tiny_imagenet()), cache=cache).split("val", image_size=24).images.shape == (4, 24, 24, 3)


def test_image_size_can_be_chosen(write_folder, cache) -> None:
    assert prepare(write_folder(tiny_imagenet()), image_size=10, cache=cache).split("val").images.shape == (4, 10, 10, 3)
    with pytest.raises(InputError, match="no such image size"):
        prepare(write_folder(tiny_imagenet()), image_size=0, cache=cache)


def test_second_time_nothing_is_decoded(write_zip, cache) -> None:
    source, calls = write_zip(tiny_imagenet()), []
    first = prepare(source, cache=cache, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (10, 10)
    calls.clear()
    assert prepare(source, cache=cache, progress=lambda done, total: calls.append((done, total))) == first
    assert not calls


@pytest.mark.parametrize("file", ["manifest.json", "train.16.u8", "val.16.u8", "train.index.json"])
@pytest.mark.parametrize("fault", ["truncated", "flipped", "missing"])
def test_damaged_cache_is_found_and_made_anew(write_zip, cache, file: str, fault: str) -> None:
    source = write_zip(tiny_imagenet())
    data = prepare(source, cache=cache)
    pixels = np.array(data.split("train").images)
    path = data.folder / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    if fault == "missing":
        path.unlink()
    else:
        path.write_bytes(content if fault == "flipped" else content[:-7])
    again = prepare(source, cache=cache)
    assert again == data
    assert np.array_equal(again.split("train").images, pixels)


def test_changed_source_is_decoded_anew(write_folder, cache) -> None:
    folder = write_folder(tiny_imagenet())
    before = prepare(folder, cache=cache)
    (folder / "train/n1/images/n1_0.JPEG").write_bytes(encode(shade=5))
    assert prepare(folder, cache=cache).fingerprint != before.fingerprint


def test_killed_while_preparing_leaves_nothing_that_counts(write_zip, cache) -> None:
    source = write_zip(tiny_imagenet(per_class=40))
    code = f"""
import pathlib, time
from tinymodel.data.prepare import prepare

def stop(done, total):
    print("going", flush=True)
    time.sleep(60)

prepare(pathlib.Path({str(source)!r}), cache=pathlib.Path({str(cache)!r}), progress=stop)
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    child.wait()
    child.stdout.close()
    assert list(cache.glob("*.building"))
    data = prepare(source, cache=cache)
    assert data.counts == {"train": 80, "val": 4}
    assert sorted(path.suffix for path in cache.iterdir()) == ["", ".lock"]


def test_two_processes_prepare_once(write_zip, cache) -> None:
    source = write_zip(tiny_imagenet(per_class=40))
    call = f"prepare(pathlib.Path({str(source)!r}), cache=pathlib.Path({str(cache)!r}), progress=lambda *_: print('x'))"
    code = f"import pathlib; from tinymodel.data.prepare import prepare; print({call}.fingerprint)"
    children = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [child.communicate()[0].split() for child in children]
    assert outputs[0][-1] == outputs[1][-1]
    assert sorted("x" in output for output in outputs) == [False, True]


def test_cache_lies_under_the_users_cache_folder(write_zip, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert prepare(write_zip(tiny_imagenet())).folder.parent == tmp_path / "xdg" / "tinymodel"


def test_cache_that_cannot_be_written(write_zip, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write the cache") as caught:
        prepare(write_zip(tiny_imagenet()), cache=tmp_path / "file")
    assert "name another cache folder" in str(caught.value)


def test_description_names_what_there_is(write_folder, cache) -> None:
    data = prepare(write_folder(tiny_imagenet(per_class=12) | {"train/n1/images/bad.JPEG": b"text"}), cache=cache)
    text = describe(data)
    assert "2: goldfish, beacon" in text
    assert "24 train, 4 val" in text
    assert "16 x 16 px" in text
    assert "1: train/n1/images/bad.JPEG: not a picture" in text
    assert data.fingerprint in text


def test_manifest_says_the_rule_of_resizing(write_folder, cache) -> None:
    manifest = json.loads((prepare(write_folder(tiny_imagenet()), cache=cache).folder / "manifest.json").read_text())
    assert "area average" in manifest["resizing"]


def test_real_data(shared_dir: Path, cache: Path) -> None:
    archive = shared_dir / "data" / "tiny-imagenet-10.zip"
    if not archive.exists():
        pytest.skip("needs ../shared/data/tiny-imagenet-10.zip")
    data = prepare(archive, cache=cache)
    assert (len(data.classes), data.counts, data.image_size) == (10, {"train": 5000, "val": 500}, 64)
    assert "goldfish" in data.titles
    assert np.bincount(data.split("train").labels).tolist() == [500] * 10
    assert np.bincount(data.split("val").labels).tolist() == [50] * 10
