"""Reference numbers for translation, computed by PyTorch in float64.

    python3 test/golden/make_translation_goldens.py

Rewrites translation.json. The models and the losses are written from CycleGAN (arXiv 1703.10593), its
Mixer (arXiv 2105.14110), "Instance Normalization" (arXiv 1607.08022), "Least Squares GANs" (arXiv
1611.04076), relativistic pairing (arXiv 1807.00734) and R1 (arXiv 1801.04406). Weights, inputs and layouts are those of make_goldens.py.

Axes: B batch, S tokens, C channels, H, W image.
"""

from pathlib import Path

import torch
import torch.nn.functional as F

from make_goldens import (
    STEMS,
    Adam,
    Weights,
    convolution,
    dense,
    layer_norm_layer,
    log_sigmoid,
    mixer_block,
    norm,
    to_json,
    tokens,
    transposed_convolution,
    uniform,
)


# ---- layers -------------------------------------------------------------------------------------


def instance_norm(x, epsilon=1e-5):
    """[B, H, W, C], each image and channel by itself."""
    mean = x.mean((1, 2), keepdim=True)
    variance = ((x - mean) ** 2).mean((1, 2), keepdim=True)
    y = (x - mean) / torch.sqrt(variance + epsilon)
    theirs = F.instance_norm(x.permute(0, 3, 1, 2), eps=epsilon).permute(0, 2, 3, 1)
    assert torch.allclose(y, theirs)
    return y


def finish(x, config):
    return torch.relu(instance_norm(x) if config["norm"] == "instance" else x)


# ---- models -------------------------------------------------------------------------------------


def mixer_blocks(w, x, config):
    b, h, width, c = x.shape
    y = tokens(x)
    for i in range(config["numBlocks"]):
        y = mixer_block(w, f"block_{i}", y, config)
    return layer_norm_layer(w, "layer_norm", y).reshape(b, h, width, c)


def residual_blocks(w, x, config):
    for i in range(config["numBlocks"]):
        y = finish(convolution(w, f"block_{i}/conv_0", x, x.shape[-1], 3, 1), config)
        y = convolution(w, f"block_{i}/conv_1", y, x.shape[-1], 3, 1)
        x = x + (instance_norm(y) if config["norm"] == "instance" else y)
    return x


BLOCKS = {"mixer": mixer_blocks, "cyclegan": residual_blocks}


def generator(w, image, config):
    """[B, H, W, C_in] -> [B, H, W, C_in]"""
    channels, halvings = config["channels"], config["halvings"]
    x = fine = finish(convolution(w, "stem", image, channels, config["outerKernel"], 1), config)
    for i in range(halvings):
        x = finish(convolution(w, f"down_{i}", x, channels * 2 ** (i + 1), 3, 2), config)
    x = BLOCKS[config["arch"]](w, x, config)
    for i in reversed(range(halvings)):
        kernel = config["upsamplingKernel"]
        x = finish(transposed_convolution(w, f"up_{i}", x, channels * 2**i, kernel, 2), config)
    if config["skip"]:
        x = torch.cat([fine, x], -1)
    y = torch.tanh(convolution(w, "head", x, image.shape[-1], config["outerKernel"], 1))
    return image + 2 * y if config["residual"] else y


def mixer_discriminator(w, image, config):
    """[B, H, W, C] -> [B, S, 1]"""
    x = STEMS[config["stem"]](w, image, config["patch"], config["channels"])
    for i in range(config["numBlocks"]):
        x = mixer_block(w, f"block_{i}", x, config)
    return dense(w, "logit", layer_norm_layer(w, "pre_head_layer_norm", x), 1)


def patchgan(w, image, config):
    """[B, H, W, C] -> [B, h, w, 1]"""
    x = image
    for i in range(config["halvings"] + 1):
        filters = config["channels"] * min(2**i, 8)
        x = convolution(w, f"stage_{i}", x, filters, 4, 2 if i < config["halvings"] else 1)
        if i > 0 and config["norm"] == "instance":
            x = instance_norm(x)
        x = torch.maximum(x, 0.2 * x)
    return convolution(w, "logit", x, 1, 4, 1)


DISCRIMINATORS = {"mixer": mixer_discriminator, "patchgan": patchgan}


def discriminator(w, image, config):
    return DISCRIMINATORS[config["arch"]](w, image, config)


# ---- losses -------------------------------------------------------------------------------------

# Of the logits of reals and of fakes the discriminator's loss, and the generator's.
LOSSES = {
    "lsgan": (
        lambda r, f: (((r - 1) ** 2).mean() + (f**2).mean()) / 2,
        lambda r, f: ((f - 1) ** 2).mean(),
    ),
    "non-saturating": (
        lambda r, f: -(log_sigmoid(r).mean() + log_sigmoid(-f).mean()),
        lambda r, f: -log_sigmoid(f).mean(),
    ),
    "relativistic": (
        lambda r, f: -log_sigmoid(r - f).mean(),
        lambda r, f: -log_sigmoid(f - r).mean(),
    ),
}


# ---- cases --------------------------------------------------------------------------------------

MIXER = {
    **{"arch": "mixer", "channels": 3, "halvings": 1, "numBlocks": 1, "tokenDim": 5},
    **{"channelDim": 7, "branchGain": 1, "norm": "instance", "outerKernel": 3},
    **{"upsamplingKernel": 4, "skip": True, "residual": True},
}
CYCLEGAN = {
    **{"arch": "cyclegan", "channels": 3, "halvings": 1, "numBlocks": 1, "norm": "instance"},
    **{"outerKernel": 7, "upsamplingKernel": 3, "skip": False, "residual": False},
}
MIXER_JUDGE = {
    **{"arch": "mixer", "stem": "conv", "patch": 4, "channels": 6, "numBlocks": 1},
    **{"tokenDim": 5, "channelDim": 7},
}
PATCHGAN = {"arch": "patchgan", "channels": 3, "halvings": 1, "norm": "instance"}

SHAPE = [8, 8, 2]


def model_case(build, config):
    w = Weights("model")
    image = uniform("image", (2, *SHAPE)).requires_grad_()
    y = build(w, image, config)
    loss = (y * uniform("dy", y.shape)).sum()
    image_gradient = torch.autograd.grad(loss, image, retain_graph=True)[0]
    return {
        "config": config,
        "output": y,
        "gradients": {"image": image_gradient, **w.gradients(loss)},
    }


def loss_case(name):
    real, fake = (uniform(side, (3, 4, 1), scale=2.0) for side in ("real", "fake"))
    of_discriminator, of_generator = LOSSES[name]
    return {"discriminator": of_discriminator(real, fake), "generator": of_generator(real, fake)}


def updated(w, gradients, optimiser, average):
    """Weights after a first step of Adam, and how far an average that starts from them has come."""
    options = (optimiser["beta1"], optimiser["beta2"], optimiser["epsilon"])
    rate = optimiser["learningRate"]
    after = {
        name: Adam(*options).step(w.by_name[name], gradients[name], rate) for name in gradients
    }
    return {name: after[name] for name in after if average in name}


def penalty_term(w, images, config):
    """Mean squared norm of the gradient of an image's mean logit with respect to it."""
    images = images.clone().requires_grad_()
    logits = discriminator(w, images, config)
    (gradient,) = torch.autograd.grad(logits.mean((1, 2)).sum(), images, create_graph=True)
    return (gradient**2).sum((1, 2, 3)).mean()


NO_PENALTY = {"kind": "none", "gamma": 0, "every": 1}


def step_case(
    loss, generator_config, discriminator_config, identity_weight, penalty=NO_PENALTY
):
    optimiser = {"learningRate": 0.01, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-8}
    config = {
        **{"imageShape": SHAPE, "loss": loss, "cycleWeight": 10, "identityWeight": identity_weight},
        **{"generator": generator_config, "discriminator": discriminator_config},
        **{"penalty": penalty, "optimiser": optimiser},
    }
    names = ("aToB", "bToA", "discriminatorA", "discriminatorB")
    a_to_b, b_to_a, judge_a, judge_b = (Weights(name) for name in names)
    a, b = (uniform(name, (2, *SHAPE)) for name in ("a", "b"))
    of_discriminator, of_generator = LOSSES[loss]

    judged = lambda w, images: discriminator(w, images, discriminator_config)

    # Both generators'.
    fake_b, fake_a = generator(a_to_b, a, generator_config), generator(b_to_a, b, generator_config)
    back_a = generator(b_to_a, fake_b, generator_config)
    back_b = generator(a_to_b, fake_a, generator_config)
    same_a = generator(b_to_a, a, generator_config) if identity_weight > 0 else a
    same_b = generator(a_to_b, b, generator_config) if identity_weight > 0 else b
    parts = {
        "adversarialA": of_generator(judged(judge_a, a), judged(judge_a, fake_a)),
        "adversarialB": of_generator(judged(judge_b, b), judged(judge_b, fake_b)),
        "cycleA": (back_a - a).abs().mean(),
        "cycleB": (back_b - b).abs().mean(),
        "identityA": (same_a - a).abs().mean(),
        "identityB": (same_b - b).abs().mean(),
    }
    total = (
        parts["adversarialA"]
        + parts["adversarialB"]
        + 10 * (parts["cycleA"] + parts["cycleB"])
        + identity_weight * (parts["identityA"] + parts["identityB"])
    )
    both = {**a_to_b.by_name, **b_to_a.by_name}
    gradients = dict(
        zip(both, torch.autograd.grad(total, list(both.values()), retain_graph=True))
    )
    of = lambda name: {key: g for key, g in gradients.items() if key.startswith(f"{name}/")}
    generators = {
        "reports": {
            **{"loss": total, **parts, "fakeA": fake_a, "fakeB": fake_b},
            "gradientNormAToB": norm(of("aToB")),
            "gradientNormBToA": norm(of("bToA")),
        },
        "gradients": gradients,
        # Of one layer each: what an optimiser makes of gradients is tested elsewhere.
        "updated": {
            **updated(a_to_b, of("aToB"), optimiser, "head/kernel"),
            **updated(b_to_a, of("bToA"), optimiser, "head/kernel"),
        },
    }

    # Both discriminators', which see other fakes: those of a pool.
    old_a, old_b = (uniform(f"old {name}", (2, *SHAPE)) for name in ("a", "b"))
    reports, of_judges, after = {}, {}, {}
    for letter, w, reals, fakes in (("A", judge_a, a, old_a), ("B", judge_b, b, old_b)):
        real, fake = judged(w, reals), judged(w, fakes)
        value = total = of_discriminator(real, fake)
        if penalty["kind"] != "none":
            terms = {
                f"r{i}{letter}": penalty_term(w, images, discriminator_config)
                for i, images in ((1, reals), (2, fakes))
            }
            reports |= terms
            total = value + penalty["gamma"] * penalty["every"] / 2 * sum(terms.values())
        own = w.gradients(total)
        of_judges.update(own)
        after.update(updated(w, own, optimiser, "logit/kernel"))
        reports |= {
            f"loss{letter}": value,
            f"realLogit{letter}": real.mean(),
            f"fakeLogit{letter}": fake.mean(),
            f"gradientNorm{letter}": norm(own),
        }
    return {
        "config": config,
        "generators": generators,
        "discriminators": {"reports": reports, "gradients": of_judges, "updated": after},
    }


def document():
    return {
        "torch": torch.__version__,
        "generators": [
            model_case(generator, MIXER),
            model_case(generator, {**MIXER, "norm": "none", "skip": False, "residual": False}),
            model_case(generator, CYCLEGAN),
            model_case(generator, {**CYCLEGAN, "norm": "none", "skip": True, "numBlocks": 2}),
        ],
        "discriminators": [
            model_case(discriminator, MIXER_JUDGE),
            model_case(discriminator, {**MIXER_JUDGE, "stem": "patch"}),
            model_case(discriminator, PATCHGAN),
            model_case(discriminator, {**PATCHGAN, "norm": "none", "halvings": 2}),
        ],
        "losses": {name: loss_case(name) for name in LOSSES},
        "steps": [
            step_case("lsgan", MIXER, MIXER_JUDGE, 5),
            step_case("non-saturating", CYCLEGAN, PATCHGAN, 0),
            step_case(
                *("relativistic", {**MIXER, "norm": "none"}, MIXER_JUDGE, 0),
                {"kind": "r1+r2", "gamma": 0.5, "every": 4},
            ),
        ],
    }


if __name__ == "__main__":
    Path(__file__).with_name("translation.json").write_text(to_json(document()) + "\n")
