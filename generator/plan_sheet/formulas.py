"""The formulas of a sheet of ours: one a column, the same in every line but for the lines that it reads.

Arithmetic on the cells of a line and of the line above (or of those that `inputs` names): `geometry` and `cost` once more, in
the words of a spreadsheet. Kinds that a design does not use are not asked for. Only functions that every program has and
`evaluate` computes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from generator.design.record import Design
from generator.design.rows import MERGE_KINDS, NORM_KINDS, Conv, Upsample
from generator.plan_sheet.layout import FIGURES, HELPERS, PADDING_END, PAIRS, WIDTH, Layout
from generator.spreadsheet.formula import MAX_FORMULA_CHARACTERS, MAX_NESTING

GLOBAL_KINDS = ("global_average_pool", "global_max_pool", "flatten")
MAX_MERGED = min(MAX_NESTING - 4, 30)
"""Inputs of a merge up to which the jump of the longest path is asked for input by input."""
MAX_OPERANDS = 250
"""Of one function; spreadsheet programs take 255."""


class Uses(NamedTuple):
    """What a design holds that formulas have to ask about."""

    kinds: frozenset[str]
    transposed: bool
    bilinear: bool

    @property
    def enlarging(self) -> bool:
        """Whether some line makes its map larger."""
        return self.transposed or "upsample" in self.kinds


def uses_of_formulas(design: Design) -> Uses:
    """What the formulas of a design have to ask about."""
    return Uses(
        kinds=frozenset(row.kind for row in design.plan),
        transposed=any(isinstance(row, Conv) and row.conv == "transposed" for row in design.plan),
        bilinear=any(isinstance(row, Upsample) and row.interpolation == "bilinear" for row in design.plan),
    )


class LineFormulas:
    """The formulas of one line.

    Args:
        layout: The columns.
        uses: What has to be asked about.
        row: The line's row.
        reads: The rows of the lines that it reads, in the order of its inputs; but for `gates`.
        gates: The rows of those behind a global pool, beside others that are not: they have no place of their own.
        kind: Its kind; merges alone have formulas of their own.
    """

    def __init__(self, layout: Layout, uses: Uses, row: int, reads: Sequence[int], gates: Sequence[int], kind: str) -> None:
        self.layout, self.uses, self.row, self.reads, self.gates, self.kind = layout, uses, row, reads, gates, kind

    def all(self) -> dict[str, str | None]:
        """By header, the formula of each column of numbers; None where none can be written."""
        found: dict[str, str | None] = {}
        for name in (*FIGURES, *HELPERS) if self.uses.enlarging else FIGURES:
            for axis in self.layout.axes if name in PAIRS else ("",):
                text = "=" + (getattr(self, f"_{name}")(axis) if name in PAIRS else getattr(self, f"_{name}")())
                found[name + axis] = text if self._can_be_written(text) else None
        return found

    def _can_be_written(self, text: str) -> bool:
        fits = (
            len(self.reads) + len(self.gates) <= (MAX_OPERANDS if self.kind == "concat" else MAX_MERGED)
            or self.kind not in MERGE_KINDS
        )
        return len(text) <= MAX_FORMULA_CHARACTERS and fits

    # ------------------------------------------------------------------------------------------------- cells and parts

    def _own(self, header: str) -> str | None:
        """The line's own cell, that of both axes where there is one for both; None where the sheet has no such column."""
        if header not in self.layout.columns:
            header = header.removesuffix(WIDTH)
        return self.layout.cell(header, self.row) if header in self.layout.columns else None

    def _read(self, header: str) -> str:
        """A cell of the (first) line that it reads."""
        return self.layout.cell(header, self.reads[0])

    def _at_least_one(self, header: str) -> str:
        """A blank argument is 1."""
        cell = self._own(header)
        return f"MAX({cell},1)" if cell else "1"

    def _is(self, header: str, words: Collection[str]) -> str:
        """Whether a cell is one of these words, as a number that is 0 where it is not."""
        return "+".join(f'({self._own(header)}="{word}")' for word in words)

    def _global(self) -> str | None:
        return self._is("kind", GLOBAL_KINDS) if self.uses.kinds & set(GLOBAL_KINDS) else None

    def _enlarges(self) -> str | None:
        """Whether strides make the map larger."""
        parts = [self._is("kind", ("upsample",))] if "upsample" in self.uses.kinds else []
        parts += [self._is("conv", ("transposed",))] if self.uses.transposed else []
        return "+".join(parts) or None

    def _taps_beyond(self, axis: str) -> str:
        """Input positions from the first to the last tap of the kernel, less one."""
        reach = f"({self._at_least_one('kernel_size' + axis)}-1)" if self._own("kernel_size" + axis) else "0"
        return f"{reach}*{self._at_least_one('dilation_rate' + axis)}" if self._own("dilation_rate" + axis) else reach

    def _padded(self, axis: str) -> str:
        """The size that it reads, with the pixels put at both ends of it (cut off, by a cropping)."""
        size, start, end = self._read("size" + axis), self._own("padding" + axis), self._own(PADDING_END + axis)
        if start is None:
            return size
        both = f"{start}+{end}" if end else f"2*{start}"
        given = f'IF({start}="valid",0,{both})'
        sign = f"IF({self._is('kind', ('cropping',))},-1,1)*" if "cropping" in self.uses.kinds else ""
        return f"{size}+{sign}{given}"

    def _strides(self, axis: str) -> str:
        return self._at_least_one("strides" + axis)

    # ---------------------------------------------------------------------------------------------------------- columns

    def _size(self, axis: str) -> str:
        size, strides, padded, reach = (
            self._read("size" + axis),
            self._strides(axis),
            self._padded(axis),
            self._taps_beyond(axis),
        )
        padding = self._own("padding" + axis)
        behind = f"INT(({padded}-{reach}-1)/{strides})+1"
        if padding:
            behind = f'IF({padding}="same",ROUNDUP({size}/{strides},0),{behind})'
        if enlarges := self._enlarges():
            full = f"({padded})*{strides}+MAX({reach}+1-{strides},0)"
            full = f'IF({padding}="same",{size}*{strides},{full})' if padding else full
            behind = f"IF({enlarges},{full},{behind})"
        whole = self._global()
        return f"IF({whole},1,{behind})" if whole else behind

    def _rf(self, axis: str) -> str:
        longest = self._read("rf" + axis)
        if len(self.reads) > 1:
            longest = f"MAX({','.join(self.layout.cell('rf' + axis, row) for row in self.reads)})"
        elif self.uses.enlarging:
            base, grid, reach = (self._own(name + axis) for name in HELPERS)
            return f"{base}+{grid}*ROUNDUP(ROUND({reach}/{grid},6),0)"
        return f"{longest}+{self._step(axis)}"

    def _step(self, axis: str) -> str:
        """How far the line reaches beyond what it reads, in pixels of the image."""
        reach, strides = self._taps_beyond(axis), self._strides(axis)
        grown = reach
        if self._own("convolutions"):
            grown = f"{reach}*(1+({self._at_least_one('convolutions')}-1)*{strides})"
        if self.uses.transposed:
            grown = f"IF({self._is('conv', ('transposed',))},({reach}+1-{strides})/{strides},{grown})"
        if self.uses.bilinear:
            grown += f"+{self._is('interpolation', ('bilinear',))}*({strides}>1)"
        if whole := self._global():
            grown = f"IF({whole},{self._read('size' + axis)}-1,{grown})"
        return f"({grown})*{self._read('jump' + axis)}"

    def _jump(self, axis: str) -> str:
        jump, strides = self._of_longest("jump", axis), self._strides(axis)
        if enlarges := self._enlarges():
            return f"IF({enlarges},{jump}/{strides},{jump}*{strides})"
        return f"{jump}*{strides}" if self._own("strides" + axis) else jump

    def _of_longest(self, header: str, axis: str) -> str:
        """A cell of the line that it reads; of several, of the one with the largest field."""
        *others, last = (self.layout.cell(header + axis, row) for row in self.reads)
        fields = [self.layout.cell("rf" + axis, row) for row in self.reads]
        for index in range(len(others) - 1, -1, -1):
            following = fields[index + 1] if index + 2 == len(fields) else f"MAX({','.join(fields[index + 1 :])})"
            last = f"IF({fields[index]}>={following},{others[index]},{last})"
        return last

    # Behind an upsampling neighbours share what they see, until strides have made the map as coarse as it was before.

    def _if_shared(self, axis: str, shared: str, else_: str) -> str:
        return f"IF({self._of_longest('jump', axis)}<{self._of_longest('grid', axis)},{shared},{else_})"

    def _base(self, axis: str) -> str:
        return self._if_shared(axis, self._of_longest("base", axis), self._of_longest("rf", axis))

    def _grid(self, axis: str) -> str:
        begun = f"IF({self._enlarges()},{self._of_longest('jump', axis)},1)"
        return self._if_shared(axis, self._of_longest("grid", axis), begun)

    def _reach(self, axis: str) -> str:
        return f"{self._if_shared(axis, self._of_longest('reach', axis), '0')}+{self._step(axis)}"

    def _channels(self) -> str:
        behind = self._read("channels")
        if self.kind in ("concat", "multiply"):
            all_read = ",".join(self.layout.cell("channels", row) for row in (*self.reads, *self.gates))
            behind = f"{'SUM' if self.kind == 'concat' else 'MAX'}({all_read})"
        if "flatten" in self.uses.kinds:
            behind += f"*IF({self._is('kind', ('flatten',))},{self._positions(self.reads[0])},1)"
        filters = self._own("filters")
        if filters is None:
            return behind
        joined = f"+IF({self._is('kind', ('dense_block',))},{behind},0)" if "dense_block" in self.uses.kinds else ""
        return f'IF({filters}="",{behind},{filters}{joined})'

    def _weights(self) -> str:
        read, filters = self._read("channels"), self._own("filters") or "0"
        several = self._own("convolutions")
        entering = f"({read}+(MAX({several},1)-1)*{filters})" if several else read
        taps = self._taps()
        groups = f"/{self._at_least_one('groups')}" if self._own("groups") else ""
        weights = f"{taps}*{entering}*{filters}{groups}"
        if conv := self._own("conv"):
            separable = f'IF({conv}="separable",{entering}*({taps}+{filters}),{weights})'
            weights = f'IF({conv}="depthwise",{taps}*{read},{separable})'
        if "inverted_residual" in self.uses.kinds:
            wide = self._own("expansion")
            inverted = f"{wide}*{read}*(({wide}>1)*{read}+{taps}+{filters})"
            weights = f"IF({self._is('kind', ('inverted_residual',))},{inverted},{weights})"
        if "squeeze_excite" in self.uses.kinds:
            weights = f"IF({self._is('kind', ('squeeze_excite',))},2*{read}*{self._squeezed()},{weights})"
        return f"{weights}+{self._projected()}*{read}*{filters}" if "residual_block" in self.uses.kinds else weights

    def _outputs(self) -> str:
        read, filters = self._read("channels"), self._own("filters") or "0"
        outputs = f"{self._at_least_one('convolutions')}*{filters}"  # A product, so that a blank cell is worth 0.
        if conv := self._own("conv"):
            outputs = f'IF({conv}="depthwise",{read},{outputs})'
        if "inverted_residual" in self.uses.kinds:
            wide = self._own("expansion")
            inverted = f"{wide}*{read}*(({wide}>1)+1)+{filters}"
            outputs = f"IF({self._is('kind', ('inverted_residual',))},{inverted},{outputs})"
        if "squeeze_excite" in self.uses.kinds:
            outputs = f"IF({self._is('kind', ('squeeze_excite',))},{self._squeezed()}+{read},{outputs})"
        if norms := self._norms():
            outputs = f"IF({self._is('kind', norms)},{read},{outputs})"
        return f"{outputs}+{self._projected()}*{filters}" if "residual_block" in self.uses.kinds else outputs

    def _params(self) -> str:
        weights, outputs = self._own("weights"), self._own("outputs")
        norm = f"4*{cell}" if (cell := self._own("batch_norm")) else "0"
        for kind in self._norms():
            columns = [column for header in ("scale", "center") if (column := self._own(header))]
            if columns or kind == "layer_norm":
                always = (4 if kind == "batch_norm" else 2) - len(columns)
                known = "+".join((str(always), *(f'IF({column}="",1,{column})' for column in columns)))
                norm = f"IF({self._is('kind', (kind,))},{known},{norm})"
        norm = "" if norm == "0" else norm
        each = "+".join(part for part in (self._own("use_bias"), norm) if part)
        return f"{weights}+{outputs}*({each})" if each else f"{weights}+0"

    def _norms(self) -> tuple[str, ...]:
        """The kinds of normalisation that stand by themselves in the design."""
        return tuple(kind for kind in NORM_KINDS if kind in self.uses.kinds)

    def _macs(self) -> str:
        weights, positions = self._own("weights"), self._positions(self.row)
        macs = f"{weights}*{positions}"
        if "inverted_residual" in self.uses.kinds:
            wide, read = self._own("expansion"), self._read("channels")
            before = self._positions(self.reads[0])
            widening = f"({wide}>1)*{wide}*{read}*{read}*({before}-{positions})"
            macs += f"+IF({self._is('kind', ('inverted_residual',))},{widening},0)"
        if self.uses.transposed:
            spread = "*".join(f"({self._padded_before(axis)})" for axis in self._both_axes())
            macs = f"IF({self._is('conv', ('transposed',))},{weights}*{spread},{macs})"
        if "squeeze_excite" in self.uses.kinds:
            macs = f"IF({self._is('kind', ('squeeze_excite',))},{weights},{macs})"
        return macs

    def _padded_before(self, axis: str) -> str:
        """What a transposed convolution reads: with the pixels that stand for a padding of numbers."""
        padding = self._own("padding" + axis)
        size = self._read("size" + axis)
        return f'IF({padding}="same",{size},{self._padded(axis)})' if padding else size

    def _both_axes(self) -> tuple[str, str]:
        return ("", WIDTH) if len(self.layout.axes) > 1 else ("", "")

    def _positions(self, row: int) -> str:
        height, width = (self.layout.cell("size" + axis, row) for axis in self._both_axes())
        return f"{height}^2" if height == width else f"({height}*{width})"

    def _taps(self) -> str:
        if not self._own("kernel_size"):
            return "1"
        height, width = (self._at_least_one("kernel_size" + axis) for axis in self._both_axes())
        return f"{height}^2" if height == width else f"{height}*{width}"

    def _squeezed(self) -> str:
        return f"MAX(1,INT({self._read('channels')}/{self._at_least_one('ratio')}))"

    def _projected(self) -> str:
        """1 where the shortcut of a residual block is projected, else 0."""
        changes = [f"({self._strides(axis)}>1)" for axis in self.layout.axes]
        changes.append(f"({self._read('channels')}<>{self._own('filters')})")
        needed = f"IF({'+'.join(changes)},1,0)"
        if cell := self._own("projection"):
            needed = f'IF({cell}="always",1,IF({cell}="never",0,{needed}))'
        return f"IF({self._is('kind', ('residual_block',))},{needed},0)"
