import io

import pytest

from tinymodel.training.log.tensorboard import EventFile


def test_tensorflow_reads_the_curves_and_knows_where_a_training_went_on(tmp_path):
    tf = pytest.importorskip("tensorflow")
    file = EventFile(tmp_path, 300)
    file.scalars(400, {"loss/train": 1.5, "accuracy/val": 0.25})
    records = tf.data.TFRecordDataset([str(path) for path in tmp_path.iterdir()])
    version, start, point = (tf.compat.v1.Event.FromString(record.numpy()) for record in records)
    assert version.file_version == "brain.Event:2"
    assert (start.step, start.session_log.status) == (300, tf.compat.v1.SessionLog.START)
    assert (point.step, {value.tag: value.simple_value for value in point.summary.value}) == (
        400,
        {"loss/train": 1.5, "accuracy/val": 0.25},
    )


def test_a_record_that_could_not_be_written_leaves_no_half_of_it(tmp_path, monkeypatch):
    tf = pytest.importorskip("tensorflow")
    file = EventFile(tmp_path, 0)
    with monkeypatch.context() as patch:
        patch.setattr("tinymodel.training.log.tensorboard.open", lambda *_, **__: HalfFull(file.file), raising=False)
        with pytest.raises(OSError, match="No space left"):
            file.scalars(1, {"loss/train": 1.5})
    file.scalars(2, {"loss/train": 1.5})
    records = tf.data.TFRecordDataset([str(file.file)])
    assert [tf.compat.v1.Event.FromString(record.numpy()).step for record in records] == [0, 0, 2]


class HalfFull(io.FileIO):
    """A file on a disk that has room for a few bytes more."""

    def __init__(self, file):
        super().__init__(file, "ab")

    def write(self, content):
        return super().write(content[:5])


def test_a_resumed_training_writes_a_file_of_its_own(tmp_path):
    assert EventFile(tmp_path, 0).file != EventFile(tmp_path, 10).file
