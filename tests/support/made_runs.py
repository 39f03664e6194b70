"""Inputs of a page: random predictions, pictures whose colour tells their place, and names that try to be markup."""

import re
from dataclasses import replace

import numpy as np

from generator.design.parse import parse_design
from generator.lint.checked_network import with_network
from generator.lint.finding import Checked
from generator.lint.options import CheckOptions
from tinymodel.evaluation.layer_field import LayerField
from tinymodel.report_page.inputs import Former, Predictions, ReportInputs
from tinymodel.training.log.events import EpochRow, Timing

HOSTILE = (
    "</script><script>document.title='taken over'</script>",
    "<img src=x onerror=\"document.title='taken over'\">",
    "quote\" ' ` ${document.title='taken over'} {{ 7*7 }}",
    "line\u2028paragraph\u2029 <!-- <![CDATA[ & &lt;",
    "=HYPERLINK(\"http://example.org\")",
    "]]> \u202e reversed \ud800 alone",
)  # fmt: skip
PHASES = [
    {"image_size": 16, "epochs": 3, "batch_size": 8, "augment": "original_a"},
    {"image_size": 32, "epochs": 2, "batch_size": 8, "learning_rate": 0.0001},
]
PLAN = [
    {"kind": "conv", "filters": 8, "batch_norm": True},
    *({"kind": "conv", "filters": 8, "strides": 2} for _ in range(4)),
    {"kind": "bottleneck", "filters": "classes"},
    {"kind": "global_average_pool"},
    {"kind": "softmax"},
]


def predictions(classes, images, seed=0, skill=2.0):
    """Probabilities that favour the label by `skill` standard deviations of noise."""
    random = np.random.default_rng(seed)
    labels = np.arange(images) % classes
    logits = random.normal(size=(images, classes))
    logits[np.arange(images), labels] += skill
    shares = np.exp(2 * logits)
    shares /= shares.sum(axis=1, keepdims=True)
    return Predictions(shares.astype(np.float32), labels, tuple(f"val/picture_{number}.JPEG" for number in range(images)))


def pictures(images, side):
    """Each of one colour, red and green telling its number."""
    numbers = np.arange(images)
    colours = np.stack([numbers % 16 * 16 + 8, numbers // 16 % 16 * 16 + 8, np.full(images, 128)], axis=1)
    return np.ascontiguousarray(np.broadcast_to(colours[:, None, None, :], (images, side, side, 3)).astype(np.uint8))


def checked(classes=6, phases=PHASES):
    record = {"name": "made", "input": {"image_size": 16}, "classes": classes, "plan": PLAN, "targets": {"rf": {"value": 5000}}}
    design = parse_design({**record, "train": {"phases": phases}})
    return with_network(Checked(file="design.yaml", layers=len(design.plan), design=design), design, CheckOptions())


def rows():
    """Five epochs in two phases, the best of the last phase its first."""
    return [
        EpochRow(number + 1, 1 if number < 3 else 2, 16 if number < 3 else 32, 10, 0.001 if number < 3 else 0.0001,
                 2.0 - 0.3 * number, 0.3 + 0.1 * number, 2.1 - 0.2 * number, accuracy, "val")
        for number, accuracy in enumerate([0.2, 0.3, 0.4, 0.55, 0.5])
    ]  # fmt: skip


def timings():
    return [Timing(number + 1, 10.0 + number, 2.0, 1.0, 100.0, 0.5) for number in range(5)]


def inputs(class_count=6, count=120, side=32, **changes):
    titles = tuple(f"thing {number}" for number in range(class_count))
    names = tuple(f"n{number:04d}" for number in range(class_count))
    return replace(
        ReportInputs(
            run="run", place="runs/run", checked=checked(class_count), key={"optimizer": {"name": "adam"}}, rows=rows(),
            timings=timings(), environments=({"backend": "tensorflow", "packages": {"keras": "3.15"}},), classes=names,
            titles=titles, epoch=4, image_size=side, notes=(), predictions=predictions(class_count, count),
            images=pictures(count, side),
        ),
        **changes,
    )  # fmt: skip


def heat(positions, classes):
    """A corner that is warm, another corner for each class."""
    maps = np.zeros((len(positions), 32, 32), np.float32)
    for number, label in enumerate(classes):
        maps[number, label % 2 * 16 :, label // 2 % 2 * 16 :][:16, :16] = 1.0
    return maps


def field():
    """Units 2 px apart that can see 9 px and look at 4."""
    return LayerField("conv_4_relu_1", 32, (9.0, 9.0), 4.0, 32, (16, 16), (0.5, 0.5), (2.0, 2.0), False)


def former(images=120, classes=6, **changes):
    found = Former("before", {"optimizer": {"name": "sgd"}}, predictions(classes, images, seed=1, skill=1.0), True)
    return replace(found, **changes)


def words(html):
    """The text of a page as a reader sees it: no scripts, no style, no tags, single spaces."""
    import html as entities

    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.S)
    return " ".join(entities.unescape(re.sub(r"<[^>]*>", " ", bare)).split())
