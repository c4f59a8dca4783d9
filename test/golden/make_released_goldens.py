"""Released weights as others write them, and the logits of reference models that have their weights.

    python3 test/golden/make_released_goldens.py

Rewrites `released/` beside this script: files of tiny models with the names, layouts and dtypes of
Google's MLP-Mixer in Flax (`.npz`) and of pytorch-image-models' Mixer, ResMLP and gMLP
(`.safetensors`); and `released.json`.

    python3 test/golden/make_released_goldens.py --full FOLDER

writes the same for Mixer-B/16, resmlp-12 and gmlp-s to FOLDER and FOLDER.json, for
`npx tsx test/golden/full-size-files.ts FOLDER`.

The models are written from the papers' equations and the libraries' documented names, not from the
TypeScript. They compute in float64 from the stored weights. Images are made by `uniform` of
make_goldens.py, in -1 ... 1.

Axes: B batch, S tokens, C channels, P patch.
"""

import argparse
import json
import math
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from make_goldens import uniform

torch.set_num_threads(2)
torch.set_default_dtype(torch.float64)


# ---- pytorch-image-models: modules with its names ------------------------------------------------


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class MixerBlock(nn.Module):
    def __init__(self, tokens, channels, token_dim, channel_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, eps=1e-6)
        self.mlp_tokens = Mlp(tokens, token_dim)
        self.norm2 = nn.LayerNorm(channels, eps=1e-6)
        self.mlp_channels = Mlp(channels, channel_dim)

    def forward(self, x):
        x = x + self.mlp_tokens(self.norm1(x).mT).mT
        return x + self.mlp_channels(self.norm2(x))


class Affine(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, 1, channels))
        self.beta = nn.Parameter(torch.zeros(1, 1, channels))

    def forward(self, x):
        return self.alpha * x + self.beta


class ResBlock(nn.Module):
    def __init__(self, tokens, channels, channel_dim):
        super().__init__()
        self.norm1 = Affine(channels)
        self.linear_tokens = nn.Linear(tokens, tokens)
        self.ls1 = nn.Parameter(torch.ones(channels))
        self.norm2 = Affine(channels)
        self.mlp_channels = Mlp(channels, channel_dim)
        self.ls2 = nn.Parameter(torch.ones(channels))

    def forward(self, x):
        x = x + self.ls1 * self.linear_tokens(self.norm1(x).mT).mT
        return x + self.ls2 * self.mlp_channels(self.norm2(x))


class Gate(nn.Module):
    def __init__(self, tokens, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)  # its epsilon is torch's default, 1e-5
        self.proj = nn.Linear(tokens, tokens)

    def forward(self, x):
        u, v = x.chunk(2, -1)
        return u * self.proj(self.norm(v).mT).mT


class GatedMlp(nn.Module):
    def __init__(self, tokens, channels, hidden):
        super().__init__()
        self.fc1 = nn.Linear(channels, hidden)
        self.gate = Gate(tokens, hidden // 2)
        self.fc2 = nn.Linear(hidden // 2, channels)

    def forward(self, x):
        return self.fc2(self.gate(F.gelu(self.fc1(x))))


class GatingBlock(nn.Module):
    def __init__(self, tokens, channels, hidden):
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.mlp_channels = GatedMlp(tokens, channels, hidden)

    def forward(self, x):
        return x + self.mlp_channels(self.norm(x))


class Stem(nn.Module):
    def __init__(self, patch, channels):
        super().__init__()
        self.proj = nn.Conv2d(3, channels, patch, patch)

    def forward(self, images):
        return self.proj(images).flatten(2).mT


class Model(nn.Module):
    def __init__(self, side, patch, channels, blocks, classes, make_block, norm):
        super().__init__()
        tokens = (side // patch) ** 2
        self.stem = Stem(patch, channels)
        self.blocks = nn.Sequential(*[make_block(tokens, channels) for _ in range(blocks)])
        self.norm = norm
        self.head = nn.Linear(channels, classes)

    def forward(self, images):
        return self.head(self.norm(self.blocks(self.stem(images))).mean(1))


def timm_mixer(channels, token_dim, channel_dim, **sizes):
    block = lambda tokens, c: MixerBlock(tokens, c, token_dim, channel_dim)
    return Model(channels=channels, make_block=block, norm=nn.LayerNorm(channels, eps=1e-6), **sizes)


def timm_resmlp(channels, channel_dim, **sizes):
    block = lambda tokens, c: ResBlock(tokens, c, channel_dim)
    return Model(channels=channels, make_block=block, norm=Affine(channels), **sizes)


def timm_gmlp(channels, hidden, **sizes):
    block = lambda tokens, c: GatingBlock(tokens, c, hidden)
    return Model(channels=channels, make_block=block, norm=nn.LayerNorm(channels, eps=1e-6), **sizes)


# ---- Google's Mixer in Flax: arrays with its names, and the function of them ---------------------


def flax_shapes(side, patch, channels, blocks, classes, token_dim, channel_dim):
    tokens = (side // patch) ** 2
    shapes = {"stem/kernel": (patch, patch, 3, channels), "stem/bias": (channels,)}
    for i in range(blocks):
        block = f"MixerBlock_{i}"
        for mlp, width, hidden in (
            ("token_mixing", tokens, token_dim),
            ("channel_mixing", channels, channel_dim),
        ):
            shapes[f"{block}/{mlp}/Dense_0/kernel"] = (width, hidden)
            shapes[f"{block}/{mlp}/Dense_0/bias"] = (hidden,)
            shapes[f"{block}/{mlp}/Dense_1/kernel"] = (hidden, width)
            shapes[f"{block}/{mlp}/Dense_1/bias"] = (width,)
        for norm in ("LayerNorm_0", "LayerNorm_1"):
            shapes[f"{block}/{norm}/scale"] = shapes[f"{block}/{norm}/bias"] = (channels,)
    shapes["pre_head_layer_norm/scale"] = shapes["pre_head_layer_norm/bias"] = (channels,)
    shapes["head/kernel"], shapes["head/bias"] = (channels, classes), (classes,)
    return shapes


def flax_logits(weights, images, patch, blocks):
    """`images` [B, H, W, 3]; GELU as flax.linen.gelu, which approximates by tanh."""

    def gelu(x):
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        variance = (centred**2).mean(-1, keepdims=True)
        return centred / np.sqrt(variance + 1e-6) * weights[f"{name}/scale"] + weights[f"{name}/bias"]

    def dense(x, name):
        return x @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]

    def mlp(x, name):
        return dense(gelu(dense(x, f"{name}/Dense_0")), f"{name}/Dense_1")

    weights = {name: value.astype(np.float64) for name, value in weights.items()}
    b, height, width, _ = images.shape
    rows, columns = height // patch, width // patch
    patches = images.reshape(b, rows, patch, columns, patch, 3).transpose(0, 1, 3, 2, 4, 5)
    kernel = weights["stem/kernel"]
    x = patches.reshape(b, rows * columns, -1) @ kernel.reshape(-1, kernel.shape[-1])
    x = x + weights["stem/bias"]
    for i in range(blocks):
        block = f"MixerBlock_{i}"
        y = norm(x, f"{block}/LayerNorm_0").swapaxes(1, 2)
        x = x + mlp(y, f"{block}/token_mixing").swapaxes(1, 2)
        x = x + mlp(norm(x, f"{block}/LayerNorm_1"), f"{block}/channel_mixing")
    return dense(norm(x, "pre_head_layer_norm").mean(1), "head")


# ---- weights -------------------------------------------------------------------------------------


def random_weight(name, shape, generator):
    """A value of an ordinary size for every kind of weight; none is zero, and none is alike."""
    values = torch.randn(shape, generator=generator)
    if name.endswith(("ls1", "ls2")):  # Nothing else bounds a deep ResMLP.
        return 0.3 + 0.1 * values
    if name.endswith(("scale", "alpha")) or ("norm" in name and "weight" in name):
        return 1 + 0.3 * values
    if name.endswith(("bias", "beta")):
        return 0.2 * values
    fan_in = math.prod(shape[:-1]) if name.endswith("kernel") else math.prod(shape[1:])
    return 1.5 * values / math.sqrt(fan_in)


def fill(model, generator, dtype):
    """Random weights, rounded to what the file can hold."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = random_weight(name, parameter.shape, generator)
            parameter.copy_(values.to(dtype).double())


# ---- files ---------------------------------------------------------------------------------------


def write_safetensors(path, tensors):
    """The container of https://github.com/huggingface/safetensors, with the metadata of its PyTorch."""
    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, tensor in tensors.items():
        end = offset + tensor.numel() * tensor.element_size()
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            # NumPy knows no bfloat16.
            halves = tensor.dtype == torch.bfloat16
            bits = tensor.contiguous().view(torch.int16) if halves else tensor
            file.write(bits.numpy().tobytes())


def write_timm(folder, name, model, images, generator, dtype=torch.float32, mean=0.5, std=0.5):
    """@param mean, std: what timm's own code does to pixels of 0 ... 1 before it shows them."""
    fill(model, generator, dtype)
    stored = {key: value.to(dtype) for key, value in model.state_dict().items()}
    write_safetensors(folder / f"{name}.safetensors", stored)
    pixels = (torch.as_tensor(images).permute(0, 3, 1, 2) + 1) / 2
    shown = (pixels - torch.tensor(mean).view(-1, 1, 1)) / torch.tensor(std).view(-1, 1, 1)
    with torch.no_grad():
        return f"{name}.safetensors", model(shown).tolist()


def write_flax(folder, name, sizes, images, generator, save=np.savez):
    weights = {
        key: random_weight(key, shape, generator).float().numpy()
        for key, shape in flax_shapes(**sizes).items()
    }
    # A transposed view is saved column by column, as any array may be.
    if save is np.savez_compressed:
        weights["head/kernel"] = np.asfortranarray(weights["head/kernel"])
    save(folder / f"{name}.npz", **weights)
    logits = flax_logits(weights, images, sizes["patch"], sizes["blocks"])
    return f"{name}.npz", logits.tolist()


IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def tiny(folder):
    shared = dict(side=16, patch=4, channels=24, blocks=2, classes=7)
    mixer = dict(**shared, token_dim=12, channel_dim=40)
    images = uniform("images", [2, 16, 16, 3]).numpy()
    g = torch.Generator().manual_seed(0)
    cases = [
        write_flax(folder, "flax-mixer", mixer, images, g),
        write_flax(folder, "flax-mixer-deflated", mixer, images, g, save=np.savez_compressed),
        write_timm(folder, "timm-mixer", timm_mixer(**mixer), images, g),
        write_timm(folder, "timm-mixer-f16", timm_mixer(**mixer), images, g, torch.float16),
        write_timm(folder, "timm-mixer-bf16", timm_mixer(**mixer), images, g, torch.bfloat16),
        write_timm(folder, "timm-resmlp", timm_resmlp(channel_dim=40, **shared), images, g, **IMAGENET),
        write_timm(folder, "timm-gmlp", timm_gmlp(hidden=36, **shared), images, g),
    ]
    return images, cases


def full(folder):
    shared = dict(side=224, patch=16, classes=1000)
    mixer = dict(**shared, channels=768, blocks=12, token_dim=384, channel_dim=3072)
    resmlp = dict(**shared, channels=384, blocks=12, channel_dim=1536)
    gmlp = dict(**shared, channels=256, blocks=30, hidden=1536)
    images = uniform("images", [1, 224, 224, 3]).numpy()
    g = torch.Generator().manual_seed(0)
    cases = [
        write_flax(folder, "Mixer-B_16", mixer, images, g),
        write_timm(folder, "mixer_b16_224", timm_mixer(**mixer), images, g),
        write_timm(folder, "resmlp_12_224", timm_resmlp(**resmlp), images, g, **IMAGENET),
        write_timm(folder, "gmlp_s16_224", timm_gmlp(**gmlp), images, g),
    ]
    return images, cases


def main():
    parser = argparse.ArgumentParser(description="Writes released weights and their models' logits.")
    parser.add_argument("--full", metavar="FOLDER", type=Path, help="full-size models, elsewhere")
    options = parser.parse_args()
    folder = options.full or Path(__file__).parent / "released"
    folder.mkdir(exist_ok=True)
    images, cases = (full if options.full else tiny)(folder)
    document = {"images": list(images.shape), "logits": dict(cases)}
    Path(f"{folder}.json").write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    main()
