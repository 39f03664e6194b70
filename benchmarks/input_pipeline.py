"""Images a second that reach the training step: the original's pipeline against ours, on the same files in the same run.

    python benchmarks/input_pipeline.py [--data PATH] [--seconds 10]

The original: Keras' ImageDataGenerator reads JPEGs from class folders and hands each picture to imgaug. Ours: order, gather
from the mapped array, and then imgaug in whole batches; or draws on the host and `apply` compiled by TensorFlow; or the same
draws and `apply_on_host`, a batch ahead on one thread as in a training, so that TensorFlow only divides by 255.

Measured on two cores of an AMD EPYC with OpenCV 5, images/s, 5 s each on 5,000 pictures of Tiny ImageNet (a run on the same
machine may give 20 % more or less; in this one other programs took part of a core):

    recipe        px    original          imgaug, ours          native, ours          native, host
    original_a    32       1,647       9,555 ( 5.8x)        58,809 (35.7x)        55,629 (33.8x)
    original_b    64       1,070       3,170 ( 3.0x)         6,465 ( 6.0x)        16,451 (15.4x)

Of recipe B's 118 microseconds an image inside TensorFlow the rotation takes 69, and it runs for all although three in ten
turn: shapes that do not depend on the draws are worth more on an accelerator than it costs here. On the host only those turn:
recipe B takes 40 microseconds of one core an image, recipe A 13.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from tinymodel.augmentation import apply, apply_on_host, augment_on_host, draw
from tinymodel.data.dataset import Split
from tinymodel.data.hashing import fold_hash
from tinymodel.data.order import order
from tinymodel.data.prepare import prepare
from tinymodel.data.toy import make_toy


class Case(NamedTuple):
    """A recipe at an image size, with the batch size that the original had there."""

    recipe: str
    image_size: int
    batch_size: int


CASES = (Case("original_a", 32, 250), Case("original_b", 64, 128))


def original(case: Case, folder: Path) -> Iterator[int]:
    """Image by image, as the original's notebook had it; yields the images of each batch."""
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    from tinymodel.augmentation.imgaug_engine import load_imgaug

    iaa = load_imgaug().augmenters
    dropout = iaa.CoarseDropout(p=0.2, size_percent=0.02)
    if case.recipe == "original_a":
        sequence, settings = iaa.Sequential([iaa.ChannelShuffle(p=1.0), dropout]), {"zoom_range": 0.5, "horizontal_flip": True}
    else:
        either = iaa.Sometimes(0.7, dropout, iaa.Affine(rotate=(-45, 45)))
        steps = [iaa.Fliplr(0.5), iaa.Multiply((0.5, 1.5), per_channel=0.5), iaa.Affine(scale=(0.25, 2.0)), either]
        sequence, settings = iaa.Sequential(steps), {}
    generator = ImageDataGenerator(rescale=1 / 255, preprocessing_function=sequence.augment_image, **settings)
    size = (case.image_size, case.image_size)
    for images, _ in generator.flow_from_directory(folder, target_size=size, batch_size=case.batch_size):
        yield len(images)


def native(case: Case, split: Split) -> Iterator[int]:
    """Ours, with all random numbers drawn on the host and the work done by TensorFlow."""
    import tensorflow as tf

    step = tf.function(lambda images, draws: apply(case.recipe, images, draws))
    for epoch in range(1_000_000):
        for batch in batches(case, epoch, split):
            draws = draw(case.recipe, 0, epoch, batch, case.image_size)
            yield len(step(tf.constant(split.images[batch]), draws).numpy())


def host(case: Case, split: Split) -> Iterator[int]:
    """The same draws applied by OpenCV, a batch ahead on a thread of its own; TensorFlow only divides by 255."""
    import tensorflow as tf

    step = tf.function(lambda images: apply("none", images, ()))

    def prepared(epoch: int, batch: np.ndarray) -> np.ndarray:
        return apply_on_host(case.recipe, split.images[batch], draw(case.recipe, 0, epoch, batch, case.image_size))

    with ThreadPoolExecutor(1) as ahead:
        waiting = None
        for epoch in range(1_000_000):
            for batch in batches(case, epoch, split):
                ready, waiting = waiting, ahead.submit(prepared, epoch, batch)
                if ready is not None:
                    yield len(step(tf.constant(ready.result())).numpy())


def imgaug(case: Case, split: Split) -> Iterator[int]:
    """Ours, with imgaug on the host in whole batches."""
    for epoch in range(1_000_000):
        for number, batch in enumerate(batches(case, epoch, split)):
            yield len(augment_on_host(case.recipe, split.images[batch], int(fold_hash(0, epoch, number)[0])) / np.float32(255))


def batches(case: Case, epoch: int, split: Split) -> list[np.ndarray]:
    """Whole batches of an epoch."""
    visited = order(0, epoch, len(split.images))
    return [visited[end - case.batch_size : end] for end in range(case.batch_size, len(visited) + 1, case.batch_size)]


def images_per_second(pipeline: Iterator[int], seconds: float) -> float:
    """Runs a pipeline for a while, after one batch that is not counted."""
    next(pipeline)
    images, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        images += next(pipeline)
    return images / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="unpacked folder in Tiny ImageNet's layout; the toy pictures without it")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each figure")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.data
        if folder is None:
            folder = Path(scratch) / "toy"
            make_toy(folder)
        data = prepare(folder, cache=Path(scratch) / "cache")
        print(f"{'recipe':12}{'px':>4}{'original':>12}{'imgaug, ours':>22}{'native, ours':>22}{'native, host':>22}")
        for case in CASES:
            split = data.split("train", case.image_size)
            pipelines: list[Callable[[], Iterator[int]]] = [
                lambda case=case: original(case, folder / "train"),
                lambda case=case, split=split: imgaug(case, split),
                lambda case=case, split=split: native(case, split),
                lambda case=case, split=split: host(case, split),
            ]
            base, *ours = [images_per_second(pipeline(), arguments.seconds) for pipeline in pipelines]
            shown = "".join(f"{rate:12,.0f} ({rate / base:4.1f}x)  " for rate in ours)
            print(f"{case.recipe:12}{case.image_size:4}{base:12,.0f}{shown}", flush=True)


if __name__ == "__main__":
    main()
