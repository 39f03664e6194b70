import io
import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from generator.errors import InputError
from tests.support.failing import failing
from tinymodel.cli import main
from tinymodel.evaluation.predict import draw, predict_pictures, read_pictures
from tinymodel.evaluation.run_model import open_run

MODES = ("RGB", "L", "P", "1", "LA", "RGBA", "CMYK")


@pytest.fixture
def opened(run):
    return open_run(run)


def picture(folder, name, size, mode="RGB"):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    Image.fromarray(pixels).convert(mode).save(folder / name)
    return folder / name


def header_of_a_png(width, height):
    """The beginning of a PNG that says that it is large, and nothing behind it."""
    said = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + said
        + struct.pack(">I", zlib.crc32(said))
        + struct.pack(">I", 9)
        + b"IDAT"
    )


def jpeg(size):
    file = io.BytesIO()
    Image.effect_noise((size, size), 50).save(file, "JPEG")
    return file.getvalue()


def test_pictures_are_taken_for_what_the_network_says(opened, tmp_path):
    files = [picture(tmp_path, "a.png", (16, 16)), picture(tmp_path, "b.png", (90, 40), "L")]
    pictures, refused = read_pictures(files, 16)
    found = predict_pictures(opened, pictures)
    probabilities = opened.engine.predict(np.asarray(Image.open(files[0]))[None])[0]
    assert refused == []
    assert [one.picture for one in found] == [str(file) for file in files]
    assert [title for title, _ in found[0].classes] == [f"c{label}" for label in np.argsort(-probabilities)]
    assert found[0].classes[0][1] == pytest.approx(probabilities.max(), abs=1e-6)
    assert all(one.heat.shape == (16, 16) and one.pixels.shape == (16, 16, 3) for one in found)
    assert found[0].to_text().count("%") == 4
    assert draw(found).startswith(b"\x89PNG")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(1, 1), (90, 40), (16, 16)])
def test_a_picture_of_any_size_and_mode_becomes_its_centre_square(tmp_path, mode, size):
    file = tmp_path / ("white.jpg" if mode == "CMYK" else "white.png")
    Image.new("RGB", size, "white").convert(mode).save(file)
    ((_, pixels),), refused = read_pictures([file], 16)
    assert refused == []
    assert (pixels.shape, pixels.dtype, int(pixels.min())) == ((16, 16, 3), np.uint8, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_of_a_camera_held_in_any_way_is_upright(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8))
    photo.save(tmp_path / "photo.png", exif=exif)
    ((_, pixels),), _ = read_pictures([tmp_path / "photo.png"], 16)
    assert np.array_equal(pixels, np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / "photo.png"))))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("text.JPEG", b"text", "text.JPEG: not a picture (JPEG, PNG, BMP, GIF, WEBP)"),
        ("empty.png", b"", "empty.png: empty file"),
        ("cut.jpg", jpeg(64)[:900], "cut.jpg: cannot be decoded (image file is truncated"),
        ("large.png", header_of_a_png(6000, 6000), "large.png: 6000 x 6000 px, more than 25000000 pixels"),
        ("huge.png", header_of_a_png(60000, 60000), "huge.png: more than 25000000 pixels"),
        ("none.jpg", None, "none.jpg: cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    pictures, (refused,) = read_pictures([tmp_path / name], 16)
    assert pictures == []
    assert words in str(refused)


def test_sixteen_bits_and_folders_are_refused(tmp_path):
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / "deep.png")
    _, refused = read_pictures([tmp_path / "deep.png", tmp_path], 16)
    assert "deep.png: colour mode I;16 is not supported" in str(refused[0])
    assert "cannot be read: Is a directory" in str(refused[1])


def test_of_several_pictures_the_good_ones_are_predicted_and_the_bad_ones_named(run, tmp_path, capsys):
    good, bad = picture(tmp_path, "good.png", (20, 30)), tmp_path / "bad.png"
    bad.write_text("text")
    arguments = ["predict", str(run), str(bad), str(good), "--format", "json", "-o", str(tmp_path / "heat.png")]
    assert main(arguments) == 2
    said, complained = capsys.readouterr()
    (found,) = json.loads(said)
    assert found["picture"] == str(good)
    assert found["rf"] == [8, 8]
    assert 1.0 <= found["effective_rf"] <= 8.0
    assert complained.strip() == f"{bad}: not a picture (JPEG, PNG, BMP, GIF, WEBP)"
    assert (tmp_path / "heat.png").exists()
    assert main(["predict", str(run), str(good)]) == 0
    assert "can see 8 px of the 16 px image (theoretical rf), and looks at" in capsys.readouterr().out
    assert main(["predict", str(run), str(bad), "-o", str(tmp_path / "other.png")]) == 2
    assert not (tmp_path / "other.png").exists()


def test_a_picture_is_never_drawn_over(run, tmp_path, capsys):
    files = [picture(tmp_path, name, (16, 16)) for name in ("a.png", "b.png")]
    before = files[1].read_bytes()
    assert main(["predict", str(run), *map(str, files), "-o", str(files[1])]) == 2
    assert "b.png: the output is the file that is read" in capsys.readouterr().err
    assert files[1].read_bytes() == before


def test_a_drawing_that_does_not_fit_is_one_message(run, tmp_path, capsys):
    file, drawing = picture(tmp_path, "a.png", (16, 16)), tmp_path / "heat.png"
    drawing.write_text("old")
    with failing("fsync", 1):
        assert main(["predict", str(run), str(file), "-o", str(drawing)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"{drawing}: cannot be written: No space left on device\n  help: name a file in a folder that can be written\n"
    )
    assert drawing.read_text() == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.png", "heat.png"]


def test_of_very_many_pictures_the_first_are_drawn(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("tinymodel.cli.commands.predict.MAX_DRAWN", 1)
    file = str(picture(tmp_path, "a.png", (16, 16)))
    assert main(["predict", str(run), *[file] * 3, "-o", str(tmp_path / "drawn.png")]) == 0
    said, complained = capsys.readouterr()
    assert said.count("a.png") == 3
    assert complained == f"{tmp_path / 'drawn.png'} shows the first 1 of 3 pictures\n"


def test_a_run_without_weights_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not a run folder"):
        open_run(tmp_path)
