"""Checks by TensorBoard's own reader what `mixgan train … --tensorboard` wrote.

    python3 -m venv tb && tb/bin/pip install tensorboard
    tb/bin/python test/tools/check_tensorboard.py RUN

Compares every number of RUN/metrics.jsonl and every picture of a GAN's run with what TensorBoard
would show, and requires the models' graph. Not part of the tests, which decode the files themselves.
"""

import json
import struct
import sys
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def tag_of(name):
    return name.replace(".", "/") if "." in name else f"run/{name}"


def float32(value):
    return float("nan") if value is None else struct.unpack("f", struct.pack("f", value))[0]


run = Path(sys.argv[1])
shown = EventAccumulator(str(run / "tensorboard"), size_guidance={"scalars": 0, "images": 0})
shown.Reload()

expected = {}
for line in (run / "metrics.jsonl").read_text().splitlines():
    record = json.loads(line)
    step = record.pop("step")
    for name, value in record.items():
        expected.setdefault(tag_of(name), []).append((step, float32(value)))
scalars = {
    tag: [(event.step, event.value) for event in shown.Scalars(tag)]
    for tag in shown.Tags()["scalars"]
}
assert str(scalars) == str({tag: expected[tag] for tag in scalars}), "other numbers"
assert scalars.keys() == expected.keys(), "other tags"

images = {tag: shown.Images(tag) for tag in shown.Tags()["images"]}
for event in images.get("fakes", []):
    path = run / f"fakes-{event.step:06d}.png"
    assert path.read_bytes() == event.encoded_image_string, f"{path} is another picture"
fakes = sorted(run.glob("fakes-*.png"))
assert len(fakes) == len(images.get("fakes", [])), "other pictures"

nodes = {node.name: node for node in shown.Graph().node}
assert all(name in nodes for node in nodes.values() for name in node.input), "edges from nowhere"

print(f"{sum(map(len, scalars.values()))} numbers in {len(scalars)} curves: as in metrics.jsonl")
print(f"pictures: {', '.join(f'{len(events)} of {tag}' for tag, events in images.items())}")
print(f"graph: {len(nodes)} nodes of {len({node.op for node in nodes.values()})} kinds")
