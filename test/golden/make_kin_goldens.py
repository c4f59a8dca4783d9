"""Reference numbers for the Mixer's kin, computed by PyTorch in float64.

    python3 test/golden/make_kin_goldens.py

Rewrites kin.json. The models are written from the papers and from the definitions that their known
weights were trained with: ResMLP (arXiv 2105.03404), gMLP (arXiv 2105.08050), "Do You Even Need
Attention?" (arXiv 2105.02723), ViT (arXiv 2010.11929), ResNet (arXiv 1512.03385). Weights, inputs
and layouts are those of make_goldens.py.

Axes: B batch, S tokens, C channels, H, W image.
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F

from make_goldens import (
    GELU,
    Weights,
    dense,
    layer_norm,
    layer_norm_layer,
    mlp,
    patch_stem,
    same_padding,
    to_json,
    uniform,
)


# ---- blocks: [B, S, C] -> [B, S, C] ---------------------------------------------------------------


def affine(w, name, x):
    return w(f"{name}/gamma", x.shape[-1]) * x + w(f"{name}/beta", x.shape[-1])


def resmlp_block(w, name, x, config, gelu):
    y = affine(w, f"{name}/affine_0", x).transpose(1, 2)
    y = dense(w, f"{name}/token_mixing", y, y.shape[-1]).transpose(1, 2)
    x = x + w(f"{name}/layer_scale_0/gamma", x.shape[-1]) * y
    y = affine(w, f"{name}/affine_1", x)
    y = mlp(w, f"{name}/channel_mixing", y, config["channelDim"], gelu)
    return x + w(f"{name}/layer_scale_1/gamma", x.shape[-1]) * y


def gmlp_block(w, name, x, config, gelu):
    hidden = config["hiddenDim"]
    y = layer_norm_layer(w, f"{name}/layer_norm", x)
    # One linear map to both halves; the weights of each are stored apart.
    parts = ("content", "gate")
    kernel = torch.cat([w(f"{name}/dense_0/{p}/kernel", x.shape[-1], hidden // 2) for p in parts], 1)
    bias = torch.cat([w(f"{name}/dense_0/{p}/bias", hidden // 2) for p in parts])
    u, v = gelu(y @ kernel + bias).chunk(2, dim=-1)
    norm = f"{name}/gate/layer_norm"
    v = layer_norm(v, w(f"{norm}/gamma", hidden // 2), w(f"{norm}/beta", hidden // 2), 1e-5)
    v = dense(w, f"{name}/gate/token_mixing", v.transpose(1, 2), x.shape[1]).transpose(1, 2)
    return x + dense(w, f"{name}/dense_1", u * v, x.shape[-1])


def ff_block(w, name, x, config, gelu):
    y = layer_norm_layer(w, f"{name}/layer_norm_0", x)
    x = x + mlp(w, f"{name}/channel_mixing", y, config["channelDim"], gelu)
    x = x.transpose(1, 2)
    y = layer_norm_layer(w, f"{name}/layer_norm_1", x)
    x = x + mlp(w, f"{name}/token_mixing", y, config["tokenDim"], gelu)
    return x.transpose(1, 2)


def attention(w, name, x, heads):
    b, s, c = x.shape

    def project(what):
        """[B, heads, S, d]: one linear map, whose columns are stored head by head."""
        names = [f"{name}/head_{i}/{what}" for i in range(heads)]
        kernel = torch.cat([w(f"{n}/kernel", c, c // heads) for n in names], 1)
        bias = torch.cat([w(f"{n}/bias", c // heads) for n in names])
        return (x @ kernel + bias).reshape(b, s, heads, c // heads).transpose(1, 2)

    scores = project("query") @ project("key").transpose(2, 3) / math.sqrt(c // heads)
    context = scores.softmax(-1) @ project("value")
    return dense(w, f"{name}/output", context.transpose(1, 2).reshape(b, s, c), c)


def vit_block(w, name, x, config, gelu):
    y = layer_norm_layer(w, f"{name}/layer_norm_0", x)
    x = x + attention(w, f"{name}/attention", y, config["heads"])
    y = layer_norm_layer(w, f"{name}/layer_norm_1", x)
    return x + mlp(w, f"{name}/channel_mixing", y, config["channelDim"], gelu)


# ---- models: [B, H, W, C_in] -> [B, K] ------------------------------------------------------------

BLOCKS = {"resmlp": resmlp_block, "gmlp": gmlp_block, "ff": ff_block, "vit": vit_block}


def token_classifier(w, images, config, gelu=GELU["gelu"]):
    arch = config["arch"]
    x = patch_stem(w, images, config["patch"], config["channels"])
    if arch in ("ff", "vit"):
        x = x + w("positions/beta", x.shape[1] * x.shape[2]).reshape(x.shape[1:])
    for i in range(config["numBlocks"]):
        x = BLOCKS[arch](w, f"block_{i}", x, config, gelu)
    x = affine(w, "pre_head_affine", x) if arch == "resmlp" else layer_norm_layer(
        w, "pre_head_layer_norm", x
    )
    return dense(w, "head", x.mean(1), config["numClasses"])


class Statistics:
    """The running statistics of a ResNet, and what they become in one step of training."""

    def __init__(self, prefix, training):
        self.prefix, self.training = prefix, training
        self.updated = {}

    def __call__(self, name, x):
        """Mean and variance of each channel of x [B, H, W, C]."""
        names = [f"{self.prefix}/{name}/{what}" for what in ("moving_mean", "moving_variance")]
        moving = [
            uniform(names[0], x.shape[-1:], scale=0.3),
            uniform(names[1], x.shape[-1:], scale=0.5, offset=1.0),
        ]
        if not self.training:
            return moving
        mean = x.mean((0, 1, 2))
        batch = [mean, ((x - mean) ** 2).mean((0, 1, 2))]
        for key, old, new in zip(names, moving, batch):
            self.updated[key] = 0.9 * old + 0.1 * new
        return batch


def resnet(w, images, config, statistics):
    def convolution(name, x, filters, kernel, stride=1):
        weight = w(f"{name}/conv/kernel", kernel, kernel, x.shape[-1], filters)
        top, bottom = same_padding(x.shape[1], kernel, stride)
        left, right = same_padding(x.shape[2], kernel, stride)
        padded = F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom))
        y = F.conv2d(padded, weight.permute(3, 2, 0, 1), stride=stride).permute(0, 2, 3, 1)
        mean, variance = statistics(f"{name}/batch_norm", y)
        gamma, beta = (w(f"{name}/batch_norm/{what}", filters) for what in ("gamma", "beta"))
        return (y - mean) / torch.sqrt(variance + 1e-5) * gamma + beta

    x = convolution("stem", images, config["channels"][0], 3).relu()
    for stage, filters in enumerate(config["channels"]):
        for i in range(config["blocksPerStage"]):
            name = f"stage_{stage}/block_{i}"
            stride = 2 if stage > 0 and i == 0 else 1
            y = convolution(f"{name}/0", x, filters, 3, stride).relu()
            y = convolution(f"{name}/1", y, filters, 3)
            if stride != 1 or x.shape[-1] != filters:
                x = convolution(f"{name}/shortcut", x, filters, 1, stride)
            x = (x + y).relu()
    return dense(w, "head", x.mean((1, 2)), config["numClasses"])


# ---- cases --------------------------------------------------------------------------------------

TASK = {"imageShape": [8, 12, 2], "numClasses": 5}
LABELS = [3, 0, 4]
TOKENS = {"patch": 4, "channels": 8, "numBlocks": 2}


def images():
    return uniform("images", (len(LABELS), *TASK["imageShape"]))


def learning(w, logits):
    loss = F.cross_entropy(logits, torch.tensor(LABELS))
    return {"logits": logits, "loss": loss, "gradients": w.gradients(loss)}


def token_case(form="gelu", **config):
    config = {**TASK, **TOKENS, **config}
    w = Weights("kin")
    logits = token_classifier(w, images(), config, GELU[form])
    return {"config": config, "labels": LABELS, "activation": form, **learning(w, logits)}


def resnet_case():
    config = {**TASK, "arch": "resnet", "channels": [4, 6], "blocksPerStage": 2}
    w = Weights("kin")
    statistics = Statistics("kin", training=True)
    trained = learning(w, resnet(w, images(), config, statistics))
    evaluated = resnet(w, images(), config, Statistics("kin", training=False))
    return {
        "config": config,
        "labels": LABELS,
        **trained,
        "statistics": statistics.updated,
        "evaluated": evaluated,
    }


class Shapes:
    """Weights without values, of which only the number counts."""

    def __init__(self):
        self.by_name = {}

    def __call__(self, name, *shape):
        return self.by_name.setdefault(name, torch.empty(shape, device="meta"))

    def count(self):
        return sum(weight.numel() for weight in self.by_name.values())


def parameters(arch, patch, channels, blocks, **widths):
    sizes = {"patch": patch, "channels": channels, "numBlocks": blocks, "numClasses": 1000}
    w = Shapes()
    token_classifier(
        w, torch.empty((1, 224, 224, 3), device="meta"), {"arch": arch, **sizes, **widths}
    )
    return w.count()


def resmlp_parameters(patch, channels, blocks):
    return parameters("resmlp", patch, channels, blocks, channelDim=4 * channels)


def gmlp_parameters(channels):
    return parameters("gmlp", 16, channels, 30, hiddenDim=6 * channels)


def ff_parameters(patch, channels, blocks):
    tokens = (224 // patch) ** 2
    return parameters(
        "ff", patch, channels, blocks, tokenDim=4 * tokens, channelDim=4 * channels
    )


def vit_parameters(channels, heads):
    return parameters("vit", 16, channels, 12, heads=heads, channelDim=4 * channels)


def document():
    return {
        "torch": torch.__version__,
        "tokens": [
            token_case(arch="resmlp", channelDim=20),
            token_case(arch="gmlp", hiddenDim=14),
            token_case("gelu_new", arch="gmlp", hiddenDim=14),
            token_case(arch="ff", tokenDim=9, channelDim=20),
            token_case(arch="vit", heads=2, channelDim=20),
        ],
        "resnet": resnet_case(),
        "parameters": {
            "resmlp-12": resmlp_parameters(16, 384, 12),
            "resmlp-24": resmlp_parameters(16, 384, 24),
            "resmlp-36": resmlp_parameters(16, 384, 36),
            "resmlp-b24": resmlp_parameters(8, 768, 24),
            "gmlp-ti": gmlp_parameters(128),
            "gmlp-s": gmlp_parameters(256),
            "gmlp-b": gmlp_parameters(512),
            "ff-ti": ff_parameters(16, 192, 12),
            "ff-b": ff_parameters(16, 768, 12),
            "ff-l": ff_parameters(32, 1024, 24),
            "vit-ti": vit_parameters(192, 3),
            "vit-s": vit_parameters(384, 6),
            "vit-b": vit_parameters(768, 12),
        },
    }


if __name__ == "__main__":
    Path(__file__).with_name("kin.json").write_text(to_json(document()) + "\n")
