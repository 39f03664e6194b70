"""A preflight as text and as JSON."""

from __future__ import annotations

from typing import Any

from tinymodel.preflight.run import Report, SizeReport

SCHEMA = 1


def to_json(report: Report) -> dict[str, Any]:
    """For other programs; memory in bytes of one device."""
    topology, machine = report.topology, report.machine
    return {
        "schema": SCHEMA,
        "design": report.name,
        "topology": topology.name,
        "chips": topology.chips,
        "devices": topology.devices,
        "by": "compiler" if report.compiled else "arithmetic",
        "precision": machine.precision,
        "steps_per_call": machine.steps_per_call,
        "images": report.images,
        "resident": machine.resident,
        "limit_bytes": report.limit_bytes,
        "fits": report.fits,
        "sizes": [_size_json(report, size) for size in report.sizes],
        "hours_at_least": report.hours,
    }


def _size_json(report: Report, size: SizeReport) -> dict[str, Any]:
    flops = size.outcome.device_flops
    return {
        "image_size": size.program.image_size,
        "phases": size.phases,
        "batch_size": size.program.batch_size,
        "fits": size.outcome.fits,
        "used_bytes": size.outcome.used_bytes,
        "step_flops": None if flops is None else flops * report.topology.devices,
        "step_flops_by_macs": size.step_flops,
        "largest_batch": size.largest.fits,
        "refused_batch": size.largest.refused,
        "images_per_second_at_most": size.images_per_second,
        "compile_seconds": size.outcome.seconds if report.compiled else None,
    }


def to_text(report: Report) -> str:
    """For people."""
    topology, machine = report.topology, report.machine
    several = f", {topology.devices} devices" if topology.devices != topology.chips else ""
    by = "as its compiler has it" if report.compiled else "by arithmetic: nothing was compiled"
    lines = [
        f"{report.name} on {topology.name}: {topology.chips} chip{'s' * (topology.chips > 1)}{several}, {by}",
        f"{gibibytes(report.limit_bytes)} a device, {machine.precision}, {machine.steps_per_call} steps a call",
        f"{report.images:,} training images (--images), {machine.reasons[0].removeprefix('images ')}",
    ]
    for size in report.sizes:
        lines += ["", *_size_lines(report, size)]
    lines += [
        "",
        f"{report.epochs} epochs take at least {report.hours:.2g} h, if multiplying ran at the chips' peak throughout",
    ]
    return "\n".join([*lines, _verdict(report)])


def _size_lines(report: Report, size: SizeReport) -> list[str]:
    program, outcome, devices = size.program, size.outcome, report.topology.devices
    phases = f"phase{'s' * (len(size.phases) > 1)} {', '.join(map(str, size.phases))}"
    used = "more" if outcome.used_bytes is None else gibibytes(outcome.used_bytes)
    share = f"{program.batch_size / devices:g} a device"
    lines = [
        f"{program.image_size} px ({phases})",
        f"  batch {program.batch_size} ({share}): {'fits' if outcome.fits else 'DOES NOT FIT'}, "
        f"{used} of {gibibytes(outcome.limit_bytes)} a device",
    ]
    if program.batch_size % devices:
        lines.append(f"  warning: {_uneven(report, size)}")
    lines.append(f"  largest batch: {_largest(size)}")
    flops = f"{size.step_flops:.3g} flops a step by 6 x macs"
    if report.compiled and outcome.device_flops:
        flops = f"{outcome.device_flops * devices:.3g} flops a step as compiled, {flops}"
    return [*lines, f"  {flops}", f"  at most {size.images_per_second:,.0f} images/s"]


def _largest(size: SizeReport) -> str:
    fits, refused = size.largest
    if fits is None:
        return f"none that was tried; {refused} does not fit"
    return f"{fits} fits, {refused} does not" if refused else f"{fits} fits, the largest that was tried"


def _uneven(report: Report, size: SizeReport) -> str:
    batch, flops, devices = size.program.batch_size, size.outcome.device_flops, report.topology.devices
    below = batch // devices * devices
    words = f"{batch} is no multiple of {devices} devices"
    if flops and report.compiled:
        words += f": as compiled, a device does {flops * devices / size.step_flops:.2f} times its even share of the macs"
    return f"{words}; nearest: {f'{below} or ' if below else ''}{below + devices}"


def _verdict(report: Report) -> str:
    if report.fits:
        return "fits" if report.compiled else "fits, by arithmetic"
    misses = ", ".join(
        f"batch {size.program.batch_size} at {size.program.image_size} px" for size in report.sizes if not size.outcome.fits
    )
    ways = ["a smaller batch"]
    if report.machine.resident:
        ways.append("--set images=streamed, which takes the images from the device")
    return f"does not fit: {misses}; {', or '.join(ways)}"


def gibibytes(count: int) -> str:
    """Memory as compilers write it.

    >>> gibibytes(16911433728)
    '15.75 GiB'
    """
    return f"{count / 2**30:.2f} GiB"
