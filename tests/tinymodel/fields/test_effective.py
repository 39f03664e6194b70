import json

import keras
import numpy as np
import pytest

from generator.design.parse import parse_design
from generator.errors import InputError
from generator.network.expand import expand
from generator.network.trace import trace
from tests.support.failing import failing
from tinymodel.build import build_model
from tinymodel.cli import main
from tinymodel.fields.effective import draw, effective_field

IMAGES = np.random.default_rng(0).random((8, 24, 24, 3), dtype=np.float32)


def network(*plan):
    design = parse_design({"name": "x", "input": {"image_size": 24}, "plan": list(plan)})
    keras.utils.set_random_seed(1)
    return build_model(design), trace(expand(design))


def test_with_equal_weights_and_nothing_in_between_it_is_the_theoretical_one():
    model, traced = network({"kind": "conv", "filters": 2, "kernel_size": 5, "activation": None})
    model.layers[1].set_weights([np.ones((5, 5, 3, 2), np.float32), np.zeros(2, np.float32)])
    found = effective_field(model, traced, IMAGES)
    assert (found.theoretical, found.effective, found.extent, found.share_inside) == ((5, 5), 5.0, (5, 5), 1.0)
    rows, columns = np.nonzero(found.heat)
    assert (rows.mean(), columns.mean()) == found.centre


def test_a_kernel_that_reads_one_pixel_looks_at_one_pixel():
    model, traced = network({"kind": "conv", "filters": 1, "kernel_size": 7, "activation": None})
    kernel = np.zeros((7, 7, 3, 1), np.float32)
    kernel[0, 6] = 1.0
    model.layers[1].set_weights([kernel, np.zeros(1, np.float32)])
    found = effective_field(model, traced, IMAGES)
    assert (found.effective, found.extent) == (1.0, (1, 1))
    assert found.share_inside == pytest.approx(1 / 49)
    assert np.argwhere(found.heat == 1.0).tolist() == [[found.centre[0] - 3, found.centre[1] + 3]]


def test_of_deep_networks_it_is_smaller_than_the_theoretical_one():
    model, traced = network(*[{"kind": "conv", "filters": 6}] * 8)
    found = effective_field(model, traced, IMAGES)
    assert found.theoretical == (17, 17)
    assert 5.0 < found.effective < 15.0


def test_a_layer_without_a_map_is_refused_and_an_unknown_one_named():
    model, traced = network({"kind": "conv", "filters": 2, "name": "first"}, {"kind": "global_average_pool"})
    with pytest.raises(InputError, match="has no map"):
        effective_field(model, traced, IMAGES, "global_average_pool_0")
    with pytest.raises(InputError, match="did you mean"):
        effective_field(model, traced, IMAGES, "first_conv")


@pytest.mark.slow
def test_the_command_prints_and_draws(tmp_path, capsys):
    design = tmp_path / "d.yaml"
    design.write_text("name: d\ninput: {image_size: 16}\nplan:\n  - {kind: conv, filters: 4}\n  - {kind: max_pool}\n")
    assert main(["effective-rf", str(design), "--format", "json", "--images", "4", "-o", str(tmp_path / "f.png")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["layer"], found["theoretical"]) == ("max_pool_0", [4, 4])
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_drawing_that_does_not_fit_is_one_message(tmp_path, capsys):
    design, drawing = tmp_path / "d.yaml", tmp_path / "f.png"
    design.write_text("name: d\ninput: {image_size: 16}\nplan:\n  - {kind: conv, filters: 4}\n  - {kind: max_pool}\n")
    drawing.write_text("old")
    with failing("fsync", 1):
        assert main(["effective-rf", str(design), "--images", "1", "-o", str(drawing)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"{drawing}: cannot be written: No space left on device\n")
    assert drawing.read_text() == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["d.yaml", "f.png"]


def test_a_picture_is_drawn():
    model, traced = network({"kind": "conv", "filters": 2})
    drawn = draw(effective_field(model, traced, IMAGES))
    assert drawn.startswith(b"\x89PNG")
    assert len(drawn) > 5000
