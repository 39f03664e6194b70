"""What every rendered notebook says and runs. Braces are filled by Jupyter, `{name}` and `{arguments}` by `notebook.py`."""

INFO = '!tinymodel data info "{DATA}"'
DRAW = ["if not Path(DATA).exists():", '    !tinymodel data make-toy "{DATA}"']

TOY_CLASSES = 10
"""Of the pictures that `data make-toy` draws."""

INSTALL = """\
# REPOSITORY is the address that the project is cloned from.
![ -d checkout ] || git clone -q REPOSITORY checkout
!pip install -q "./checkout[{EXTRA}]\""""

RUNTIME = """\
import os
import shutil
from pathlib import Path

if Path("/dev/accel0").exists() or "TPU_ACCELERATOR_TYPE" in os.environ:
    DEVICE, EXTRA, BACKEND = "TPU", "tpu", "jax"
elif shutil.which("nvidia-smi"):
    DEVICE, EXTRA, BACKEND = "GPU", "train", "tensorflow"
else:
    DEVICE, EXTRA, BACKEND = "CPU", "train", "tensorflow"
os.environ["KERAS_BACKEND"] = BACKEND
print(f"{DEVICE}: Keras on {BACKEND}")"""

FOLDERS = """\
RUN = "run"
COPY = "kept"  # a folder that outlives this machine: the training goes on from it
try:
    from google.colab import drive
except ModuleNotFoundError:
    pass
else:
    drive.mount("/content/drive")
    COPY = "/content/drive/MyDrive/{name}\""""

TRAIN = '!tinymodel train design.yaml --data "{DATA}" --run {RUN} --copy-to "{COPY}" --backend {BACKEND}'

CURVES = """\
from IPython.display import Image, display

display(Image(f"{RUN}/curves.png"))"""

USE = """\
model = build_model({arguments})
model.load_weights(f"{RUN}/best.weights.h5")
model.summary()"""

WORDS_OF = {
    "runtime": """\
On a TPU the training runs on JAX, on a GPU or a CPU on TensorFlow. *Runtime, Change runtime type* gives another.""",
    "design": """\
This cell writes it into a file. Edit it here: the commands below read the file.""",
    "recipe": """\
The design says nothing of its training; its part `train:` is a modest one that was put in.""",
    "model": """\
The network as Keras code: the blocks, then the plan line by line, with size, jump, receptive field and parameters. `tinymodel`
trains the same network, made from the file above; the model made here takes its weights at the end.""",
    "drawn": """\
Pictures that are drawn, for a first run. `DATA` takes the path of your own as well, a zip or folder of Tiny ImageNet or a
folder of class folders; say then how many classes there are.""",
    "own": """\
Name your pictures: a zip or folder of Tiny ImageNet, or a folder of class folders.""",
    "training": """\
The phases of the recipe pass one model and one optimizer on through growing resolution; `--dry-run` shows them first, with the
time and memory that they take here. After a disconnect run all cells again: on a machine that is new the run is taken from the
copy, and it goes on at its last checkpoint.""",
    "evaluation": """\
Top-1, top-5 and every class on the validation pictures, by the weights of the best epoch.""",
    "use": """\
The same weights in the model of the cells above. A TPU serves one process at a time, so the training stands before it; to train
on, restart the runtime.""",
}
"""Markdown, by what it is about. No text of a design."""
