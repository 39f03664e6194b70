import numpy as np
import pytest
from PIL import Image

from generator.errors import InputError
from tinymodel.evaluate.predict import draw, predict_pictures
from tinymodel.evaluate.run_model import open_run


@pytest.fixture
def opened(run):
    return open_run(run)


def picture(folder, name, size, mode="RGB"):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    Image.fromarray(pixels).convert(mode).save(folder / name)
    return folder / name


def test_pictures_of_any_size_and_mode_are_taken_for_something(opened, tmp_path):
    files = [
        picture(tmp_path, "a.png", (16, 16)),
        picture(tmp_path, "b.png", (90, 40), "L"),
        picture(tmp_path, "c.jpg", (40, 70), "CMYK"),
    ]
    found = predict_pictures(opened, files)
    probabilities = opened.engine.predict(np.asarray(Image.open(files[0]))[None])[0]
    assert [one.picture for one in found] == [str(file) for file in files]
    assert [title for title, _ in found[0].classes] == [f"c{label}" for label in np.argsort(-probabilities)]
    assert found[0].classes[0][1] == pytest.approx(probabilities.max(), abs=1e-6)
    assert all(one.heat.shape == (16, 16) and one.pixels.shape == (16, 16, 3) for one in found)
    assert found[0].to_text().count("%") == 4
    draw(found, tmp_path / "found.png")
    assert (tmp_path / "found.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_no_picture_is_refused_by_name(opened, tmp_path):
    (tmp_path / "x.jpg").write_text("text")
    with pytest.raises(InputError, match=r"x\.jpg: not a picture"):
        predict_pictures(opened, [tmp_path / "x.jpg"])
    with pytest.raises(InputError, match="cannot be read"):
        predict_pictures(opened, [tmp_path / "none.jpg"])


def test_a_run_without_weights_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not a run folder"):
        open_run(tmp_path)
