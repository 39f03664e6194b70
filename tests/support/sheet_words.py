"""Words of design sheets: what people call the columns, the layers, the titles. Pairs are (input column, output column)."""

from __future__ import annotations

SINGLE = {
    "name": ("Layer", "Layers", "layer ", "Operation", "Op", "Layer Name", "Type", "Layer Type", "Module", "Layer#"),
    "block": ("Block", "Blocks", "block"),
    "kernel_size": (
        "k", "K", "Kernel", "Kernel Size", "kernel size (k)", "Kernel (k)", "k: Kernel Size", "Filter Size", "Kernal Size",
        "kernel_size", "Kernel size",
    ),
    "kernel_height": ("Kernel Height", "kh", "Kernel height", "k_h"),
    "kernel_width": ("Kernel Width", "kw", "Kernel width", "k_w"),
    "strides": ("s", "S", "Stride", "Strides", "stride (s)", "Stride (s)", "s: Stride", "Stride(s)", "Stirde"),
    "padding": ("p", "P", "Padding", "pad", "Pad", "Padding (p)", "p:Padding", "Paddding"),
    "dilation_rate": ("d", "Dilation", "dilation", "dialation", "Dilation rate", "Dil", "Dilation (d)", "Dilation Rate (d)"),
    "composite": ("k/s/p", "k,s,p", "Kernel, Stride, Padding", "Kernel/Stride/Padding", "kernel, stride, padding"),
    "jump": ("J", "j", "Jump", "jump", "J(out)"),
    "jump_out": ("j_out", "Jout", "Jump Out", "Output Jump", "J", "Jump", "jump"),
    "rf": ("RF", "rf", "r", "Receptive Field", "Receptive field", "R.F."),
    "rf_out": (
        "RF", "r_out", "rf_out", "Rout", "Receptive Field", "Receptive Field (RF)", "Output RF (r_out)", "New RF",
        "Receptve Field", "receptive field", "RFout",
    ),
    "size_out": (
        "n_out", "Nout", "Output Size", "Output size", "Output resolution", "Output Resolution", "n-out: Output Features",
        "Out", "Output Size (n_out)", "Feature Map Size", "Output Shape", "Ouput Size",
    ),
    "filters": (
        "No. of kernels", "Filters", "# filters", "Kernels", "No. of filters", "Number of kernels", "Output Channels",
        "Channels", "c_out", "Outut Channels", "#filters", "Number of Filters", "No of Channels",
    ),
    "params": ("Parameters", "Params", "# Parameters", "No. of parameters", "#params", "Paramters", "Number of Parameters"),
}  # fmt: skip
"""Columns that stand alone."""

PAIRS = {
    "size": (
        ("n_in", "n_out"), ("Nin", "Nout"), ("N_in", "N_out"), ("In", "Out"), ("Input Size", "Output Size"),
        ("n-in: Input Features", "n-out: Output Features"), ("Input Channel (n_in)", "Output Channels (n_out)"),
        ("NinputSize", "NoutputSize"), ("nin", "nout"), ("Input Size (n_in)", "Output Size (n_out)"),
        ("Input Resolution", "Output Resolution"), ("n-in", "n-out"), ("input size", "output size"), ("Input", "Output"),
        ("Inupt Size", "Ouput Size"), ("Input Feature Map", "Output Feature Map"),
    ),
    "jump": (
        ("j_in", "j_out"), ("Jin", "Jout"), ("Jump In", "Jump Out"), ("Input Jump", "Output Jump"), ("j-in", "j-out"),
        ("Input Jump (j_in)", "Output Jump (j_out)"), ("jin", "jout"), ("Jin ", "Jout"), ("Jump_in", "Jump_out"),
    ),
    "rf": (
        ("rf_in", "rf_out"), ("r_in", "r_out"), ("Rin", "Rout"), ("Rin", "RF"), ("r-in", "r-out"), ("RFin", "RFout"),
        ("Receptive Field (rin)", "Receptive Field (rout)"), ("Input RF (r_in)", "Output RF (r_out)"),
        ("Input RF", "Output RF"), ("RF in", "RF out"), ("R_in", "R_out"),
    ),
    "channels": (
        ("Input Channels", "Output Channels"), ("c_in", "c_out"), ("Cin", "Cout"), ("In Channels", "Out Channels"),
        ("Input Channels", "Outut Channels"), ("in_channels", "out_channels"), ("Channels In", "Channels Out"),
        ("Ch_in", "Ch_out"), ("Input channels", "No. of kernels"),
    ),
}  # fmt: skip
"""Columns of what goes into a layer and what comes out."""

GROUPS = {
    "size": ("Size", "Resolution", "Feature Map", "Image Size"),
    "jump": ("Jump", "JUMP"),
    "rf": ("Receptive Field", "RF", "Receptive field"),
    "channels": ("Channels", "No. of Channels"),
}
"""Titles of two-row headers over an in and an out column."""
PARTS = (("In", "Out"), ("in", "out"), ("Input", "Output"), ("IN", "OUT"))
SYMBOLS = {
    "kernel_size": "k", "strides": "s", "padding": "p", "dilation_rate": "d", "input_size": "n_in", "size": "n_out",
    "jump_in": "j_in", "jump": "j_out", "rf_in": "r_in", "rf_out": "r_out", "channels_in": "c_in", "channels": "c_out",
}  # fmt: skip
"""Second row of a header with the words in its first row."""

CONV_NAMES = ("conv{}", "Conv2d", "Conv_{}", "Conv {}", "Convolution {}", "C{}", "conv2d_{}", "CONV{}", "Conv")
POOL_NAMES = ("maxpool", "MaxPool2d", "pool{}", "MP", "MaxPooling", "Max Pool", "max_pool_{}", "MP{}", "Maxpool")
GLOBAL_NAMES = ("GAP", "Global Avg Pool", "AvgPool", "Global Average Pooling", "avgpool")
INPUT_NAMES = ("Input", "input", "Input Image", "Image")
SECTIONS = ("Block {}", "Convolution Block {}", "Transition {}", "Section {}", "custBlock - 1-{}", "Layer group {}", "BLOCK-{}")
TITLES = ("Receptive field calculation", "Model {}", "Architecture V{}", "CIFAR10 Model", "Network {}", "RF calculator", "S{}")
IMAGE_LABELS = (
    "Input Size", "Input size", "Image size", "Image Size", "Input image size", "Input resolution", "Input Size:",
    "Input Image",
)  # fmt: skip
LEGEND = (
    ("k", "kernel size"), ("p", "padding"), ("s", "stride"), ("n_out", "[ (n_in+2p-k)/s ] + 1"), ("j_out", "j_in*s"),
    ("rf_out", "rf_in + (k-1) *j_in"), ("n_in", "number of input features"), ("RF", "receptive field"),
)  # fmt: skip
NOTES = (
    "Note: every convolution is followed by ReLU", "* activations are not drawn", "Formulas from the lecture",
    "Target accuracy 99.4", "RF should be larger than the image", "Made for assignment 5",
)  # fmt: skip
