"""Reference numbers for classifiers of bytes, computed by PyTorch in float64.

    python3 test/golden/make_pixel_goldens.py

Rewrites pixels.json. Images are bytes, byte i being 53 i + i // 7 modulo 256; they are scaled and
normalised as torchvision's ToTensor and Normalize do: b / 255, then (p - mean) / std. The model,
the weights and the layouts are those of make_goldens.py.

Axes: B batch, H, W image, C channels.
"""

from pathlib import Path

import torch

from make_goldens import GELU, Weights, mixer, to_json

CONFIG = {
    "imageShape": [8, 8, 3],
    "patch": 4,
    "channels": 12,
    "tokenDim": 7,
    "channelDim": 20,
    "numBlocks": 2,
    "numClasses": 5,
}
LABELS = [3, 0, 4]
BYTES = [(53 * i + i // 7) % 256 for i in range(len(LABELS) * 8 * 8 * 3)]

# Of p in 0 ... 1. The mean 1/2 and the deviation 1/2 make -1 ... 1.
SCALINGS = {
    "unit": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
    "dataset": {"mean": [0.4914, 0.4822, 0.4465], "std": [0.247, 0.2435, 0.2616]},
}


def case(mean, std):
    pixels = torch.tensor(BYTES, dtype=torch.uint8).reshape(len(LABELS), *CONFIG["imageShape"])
    images = (pixels.double() / 255 - torch.tensor(mean)) / torch.tensor(std)
    w = Weights("mixer")
    logits = mixer(w, images, CONFIG, CONFIG["numClasses"], GELU["gelu"])
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS))
    return {
        "mean": mean,
        "std": std,
        "images": images,
        "logits": logits,
        "loss": loss,
        "gradients": w.gradients(loss),
    }


if __name__ == "__main__":
    document = {
        "torch": torch.__version__,
        "config": CONFIG,
        "labels": LABELS,
        **{name: case(**scaling) for name, scaling in SCALINGS.items()},
    }
    Path(__file__).with_name("pixels.json").write_text(to_json(document) + "\n")
