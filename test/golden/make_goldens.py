"""Reference numbers for the tests, computed by PyTorch in float64.

    python3 test/golden/make_goldens.py

Rewrites the JSON files beside this script. The models are written from the equations of the
papers, not from the TypeScript: "MLP-Mixer" (arXiv 2105.01601), "Layer Normalization" (arXiv
1607.06450), "Gaussian Error Linear Units" (arXiv 1606.08415), "Which Training Methods for GANs do
actually Converge?" (arXiv 1801.04406), "The GAN is dead; long live the GAN!" (arXiv 2501.05441),
"Adam" (arXiv 1412.6980).

Weights and inputs are not stored: both sides make them by `uniform` and `initial_weight`, whose
twins are in formula.ts. Kernels have the layouts of TensorFlow: dense [in, out], convolution
[H, W, in, out], transposed convolution [H, W, out, in].

Axes: B batch, S tokens, C channels, H, W image, P patch, Z latent.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_num_threads(1)  # Sums in one fixed order: every run writes the same files.
torch.set_default_dtype(torch.float64)


# ---- the formula --------------------------------------------------------------------------------


def uniform(name, shape, scale=1.0, offset=0.0):
    """offset + scale · u, u in [-1, 1) by hashing `name` and the index, rounded to float32."""
    mask = 0xFFFFFFFF
    seed = 0x811C9DC5  # FNV-1a of the name,
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & mask

    def value(i):
        h = (seed + i * 0x9E3779B9) & mask  # then MurmurHash3's finaliser of name and index.
        h = ((h ^ (h >> 16)) * 0x85EBCA6B) & mask
        h = ((h ^ (h >> 13)) * 0xC2B2AE35) & mask
        h ^= h >> 16
        return offset + scale * (h / 2**31 - 1)

    values = torch.tensor([value(i) for i in range(math.prod(shape))])
    return values.float().double().reshape(shape)


def initial_weight(name, shape):
    """A value of an ordinary size for every kind of weight; none is zero."""
    if name.endswith("/gamma"):
        return uniform(name, shape, scale=0.5, offset=1.0)
    if name.endswith(("/beta", "/bias")):
        return uniform(name, shape, scale=0.3)
    return uniform(name, shape, scale=math.sqrt(3 / math.prod(shape[:-1])))


class Weights:
    """The weights of a model by name, each made when it is first asked for."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.by_name = {}

    def __call__(self, name, *shape):
        name = f"{self.prefix}/{name}"
        if name not in self.by_name:
            self.by_name[name] = initial_weight(name, shape).requires_grad_()
        return self.by_name[name]

    def gradients(self, loss):
        return dict(zip(self.by_name, torch.autograd.grad(loss, list(self.by_name.values()))))


# ---- layers -------------------------------------------------------------------------------------


def layer_norm(x, gamma, beta, epsilon=1e-6):
    """(x - mean) / sqrt(variance + epsilon) · gamma + beta, statistics over the last axis."""
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    return (x - mean) / torch.sqrt(variance + epsilon) * gamma + beta


def gelu_erf(x):
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


GELU = {"gelu": gelu_erf, "gelu_new": gelu_tanh}


def layer_norm_layer(w, name, x):
    return layer_norm(x, w(f"{name}/gamma", x.shape[-1]), w(f"{name}/beta", x.shape[-1]))


def dense(w, name, x, units):
    return x @ w(f"{name}/kernel", x.shape[-1], units) + w(f"{name}/bias", units)


def mlp(w, name, x, hidden, gelu):
    return dense(w, f"{name}/dense_1", gelu(dense(w, f"{name}/dense_0", x, hidden)), x.shape[-1])


def mixer_block(w, name, x, config, gelu=gelu_erf):
    """[B, S, C] -> [B, S, C]"""
    y = layer_norm_layer(w, f"{name}/layer_norm_0", x).transpose(1, 2)
    x = x + mlp(w, f"{name}/token_mixing", y, config["tokenDim"], gelu).transpose(1, 2)
    y = layer_norm_layer(w, f"{name}/layer_norm_1", x)
    return x + mlp(w, f"{name}/channel_mixing", y, config["channelDim"], gelu)


def same_padding(length, kernel, stride):
    """TensorFlow's: ceil(length / stride) windows, an odd pixel of padding goes to the end."""
    total = max((math.ceil(length / stride) - 1) * stride + kernel - length, 0)
    return total // 2, total - total // 2


def convolution(w, name, x, filters, kernel, stride):
    """[B, H, W, C] -> [B, ceil(H / stride), ceil(W / stride), filters], padding 'same'."""
    weight = w(f"{name}/kernel", kernel, kernel, x.shape[-1], filters)
    bias = w(f"{name}/bias", filters)
    top, bottom = same_padding(x.shape[1], kernel, stride)
    left, right = same_padding(x.shape[2], kernel, stride)
    padded = F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom))
    y = F.conv2d(padded, weight.permute(3, 2, 0, 1).contiguous(), bias, stride)
    return y.permute(0, 2, 3, 1)


def transposed_convolution(w, name, x, filters, kernel, stride):
    """[B, h, w, C] -> [B, h · stride, w · stride, filters]: the adjoint of `convolution`."""
    weight = w(f"{name}/kernel", kernel, kernel, filters, x.shape[-1])
    bias = w(f"{name}/bias", filters)
    height, width = x.shape[1] * stride, x.shape[2] * stride
    top, _ = same_padding(height, kernel, stride)
    left, _ = same_padding(width, kernel, stride)
    whole = F.conv_transpose2d(x.permute(0, 3, 1, 2), weight.permute(3, 2, 0, 1), bias, stride)
    return whole[:, :, top : top + height, left : left + width].permute(0, 2, 3, 1)


def tokens(features):
    """[B, h, w, C] -> [B, h · w, C]"""
    return features.flatten(1, 2)


# ---- models -------------------------------------------------------------------------------------


def patch_stem(w, image, patch, channels):
    """One linear map of each P × P × C_in patch."""
    b, h, width, c = image.shape
    patches = image.reshape(b, h // patch, patch, width // patch, patch, c).transpose(2, 3)
    flat = patches.reshape(b, (h // patch) * (width // patch), patch * patch * c)
    kernel = w("stem/conv/kernel", patch, patch, c, channels)
    return flat @ kernel.reshape(-1, channels) + w("stem/conv/bias", channels)


def overlap_stem(w, image, patch, channels):
    return tokens(convolution(w, "stem/conv", image, channels, 2 * patch, patch))


def conv_stem(w, image, patch, channels):
    steps = int(math.log2(patch))
    x = image
    for i in range(steps):
        x = convolution(w, f"stem/step_{i}/conv", x, channels // 2 ** (steps - 1 - i), 4, 2)
        if i < steps - 1:
            x = torch.maximum(x, 0.2 * x)
    return tokens(x)


STEMS = {"patch": patch_stem, "overlap": overlap_stem, "conv": conv_stem}


def mixer(w, image, config, units, gelu=gelu_erf):
    """[B, H, W, C_in] -> [B, units]"""
    x = STEMS[config.get("stem", "patch")](w, image, config["patch"], config["channels"])
    for i in range(config["numBlocks"]):
        x = mixer_block(w, f"block_{i}", x, config, gelu)
    return dense(w, "head", layer_norm_layer(w, "pre_head_layer_norm", x).mean(1), units)


def generator(w, latent, config, image_shape):
    """[B, Z] -> [B, H, W, C_out]"""
    stages = config["stages"]
    height, width = (side // 2 ** len(stages) for side in image_shape[:2])
    channels = [stage["channels"] for stage in stages] + [image_shape[2]]
    x = dense(w, "project", latent, height * width * channels[0])
    for i, stage in enumerate(stages):
        x = x.reshape(-1, height * width, channels[i])
        for j in range(stage["numBlocks"]):
            x = mixer_block(w, f"stage_{i}/block_{j}", x, stage)
        x = layer_norm_layer(w, f"stage_{i}/layer_norm", x)
        x = x.reshape(-1, height, width, channels[i])
        kernel = config["upsamplingKernel"]
        x = transposed_convolution(w, f"stage_{i}/upsample", x, channels[i + 1], kernel, 2)
        height, width = 2 * height, 2 * width
    return torch.tanh(x)


# ---- training -----------------------------------------------------------------------------------


def log_sigmoid(x):
    return -torch.log1p(torch.exp(-x))


# Of the logits of reals and of fakes: the discriminator's loss, the generator's.
LOSSES = {
    "non-saturating": (
        lambda r, f: -(log_sigmoid(r) + log_sigmoid(-f)).mean(),
        lambda r, f: -log_sigmoid(f).mean(),
    ),
    "hinge": (
        lambda r, f: ((1 - r).clamp(min=0) + (1 + f).clamp(min=0)).mean(),
        lambda r, f: -f.mean(),
    ),
    "relativistic": (
        lambda r, f: -log_sigmoid(r - f).mean(),
        lambda r, f: -log_sigmoid(f - r).mean(),
    ),
}


def image_gradients(discriminator, images):
    """Logits [B, 1] and the squared norm of each image's gradient [B]; differentiable."""
    images = images.detach().requires_grad_()
    logits = discriminator(images)
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return logits, (gradient**2).sum((1, 2, 3))


class Adam:
    """Algorithm 1 of the paper, for one tensor."""

    def __init__(self, beta1, beta2, epsilon=1e-8):
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.m = self.v = 0.0
        self.t = 0

    def step(self, theta, gradient, rate):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m = self.m / (1 - self.beta1**self.t)
        v = self.v / (1 - self.beta2**self.t)
        return theta - rate * m / (torch.sqrt(v) + self.epsilon)


def after_adam(weights, gradients, optimiser):
    """All weights after a first step."""
    return {
        name: Adam(optimiser["beta1"], optimiser["beta2"], optimiser["epsilon"]).step(
            weights.by_name[name], gradients[name], optimiser["learningRate"]
        )
        for name in gradients
    }


def norm(gradients):
    return torch.sqrt(sum((g**2).sum() for g in gradients.values()))


# ---- cases --------------------------------------------------------------------------------------


def layer_norm_case():
    shape = (2, 3, 8)
    x = uniform("x", shape, scale=2.0, offset=3.0).requires_grad_()
    gamma = uniform("gamma", (8,), scale=0.5, offset=1.0).requires_grad_()
    beta = uniform("beta", (8,)).requires_grad_()
    y = layer_norm(x, gamma, beta, 1e-6)
    assert torch.allclose(y, F.layer_norm(x, (8,), gamma, beta, 1e-6))
    loss = (y * uniform("dy", shape)).sum()
    dx, dgamma, dbeta = torch.autograd.grad(loss, [x, gamma, beta], create_graph=True)
    d2x, d2gamma = torch.autograd.grad((dx**2).sum(), [x, gamma])
    return {
        "config": {"shape": shape, "epsilon": 1e-6},
        "output": y,
        "gradients": {"x": dx, "gamma": dgamma, "beta": dbeta},
        "secondGradients": {"x": d2x, "gamma": d2gamma},
    }


def gelu_case(form):
    x = uniform("x", (40,), scale=5.0).requires_grad_()
    y = GELU[form](x)
    assert torch.allclose(y, F.gelu(x, approximate="tanh" if form == "gelu_new" else "none"))
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    return {"output": y, "first": first, "second": second}


def block_case(form):
    config = {"tokenDim": 5, "channelDim": 11}
    w = Weights("block")
    x = uniform("x", (2, 6, 8)).requires_grad_()
    y = mixer_block(w, "block", x, config, GELU[form])
    loss = (y * uniform("dy", y.shape)).sum()
    gradients = {"x": torch.autograd.grad(loss, x, retain_graph=True)[0], **w.gradients(loss)}
    return {"config": config, "output": y, "gradients": gradients}


def stem_case(kind, image_shape, patch):
    channels = 6
    w = Weights(kind)
    image = uniform("image", (2, *image_shape)).requires_grad_()
    y = STEMS[kind](w, image, patch, channels)
    loss = (y * uniform("dy", y.shape)).sum()
    image_gradient = torch.autograd.grad(loss, image, retain_graph=True)[0]
    return {
        "config": {"kind": kind, "imageShape": image_shape, "patch": patch, "channels": channels},
        "output": y,
        "gradients": {"image": image_gradient, **w.gradients(loss)},
    }


def classifier_case(form):
    config = {
        "imageShape": [8, 8, 2],
        "patch": 4,
        "channels": 12,
        "tokenDim": 7,
        "channelDim": 20,
        "numBlocks": 2,
        "numClasses": 5,
    }
    labels = [3, 0, 4]
    w = Weights("mixer")
    logits = mixer(w, uniform("images", (3, 8, 8, 2)), config, 5, GELU[form])
    log_probabilities = logits - logits.exp().sum(1, keepdim=True).log()
    loss = -log_probabilities[range(3), labels].mean()
    return {
        "config": config,
        "labels": labels,
        "logits": logits,
        "loss": loss,
        "gradients": w.gradients(loss),
    }


def generator_config(kernel):
    return {
        "latentDim": 5,
        "stages": [
            {"channels": 6, "numBlocks": 1, "tokenDim": 5, "channelDim": 7},
            {"channels": 4, "numBlocks": 1, "tokenDim": 3, "channelDim": 5},
        ],
        "upsamplingKernel": kernel,
    }


def generator_case(kernel):
    config = generator_config(kernel)
    image_shape = [8, 12, 2]
    w = Weights("generator")
    images = generator(w, uniform("latents", (2, 5)), config, image_shape)
    loss = (images * uniform("dy", images.shape)).sum()
    return {
        "config": config,
        "imageShape": image_shape,
        "images": images,
        "gradients": w.gradients(loss),
    }


def discriminator_config(stem):
    return {
        "stem": stem,
        "patch": 4,
        "channels": 6,
        "numBlocks": 1,
        "tokenDim": 5,
        "channelDim": 7,
    }


def discriminator_case(stem):
    config = discriminator_config(stem)
    w = Weights("discriminator")
    images = uniform("images", (3, 8, 8, 2))
    logits, squared = image_gradients(lambda x: mixer(w, x, config, 1), images)
    return {"config": config, "logits": logits, "squaredGradients": squared}


def loss_case(name):
    real = uniform("real", (4, 1), scale=2.0).requires_grad_()
    fake = uniform("fake", (4, 1), scale=2.0).requires_grad_()
    result = {}
    for player, loss in zip(("discriminator", "generator"), LOSSES[name]):
        value = loss(real, fake)
        by_real, by_fake = torch.autograd.grad(value, [real, fake], allow_unused=True)
        gradients = {"fake": by_fake} if by_real is None else {"real": by_real, "fake": by_fake}
        result[player] = {"loss": value, "gradients": gradients}
    return result


def step_case(loss, stem, penalty, detailed):
    """A discriminator's update and a generator's, each from the initial weights."""
    # A large ε makes the first step depend smoothly on the gradient; with a small one it would
    # be the rate times the gradient's sign, and rounding decides the sign of a gradient of zero.
    optimiser = {"learningRate": 0.02, "beta1": 0.5, "beta2": 0.9, "epsilon": 0.01}
    config = {
        "loss": loss,
        "imageShape": [8, 8, 1],
        "generator": generator_config(4),
        "discriminator": discriminator_config(stem),
        "penalty": penalty,
        "optimiser": optimiser,
        "emaDecay": 0.9,
    }
    g, d = Weights("generator"), Weights("discriminator")
    reals = uniform("reals", (3, 8, 8, 1))
    fakes = generator(g, uniform("latents", (3, 5)), config["generator"], config["imageShape"])
    discriminator_loss, generator_loss = LOSSES[loss]

    def discriminate(images):
        return mixer(d, images, config["discriminator"], 1)

    real_logits, r1 = image_gradients(discriminate, reals)
    fake_logits, r2 = image_gradients(discriminate, fakes)
    adversarial = discriminator_loss(real_logits, fake_logits)
    chosen = {"r1": r1.mean(), "r2": r2.mean()}
    penalties = sum(chosen[kind] for kind in penalty["kind"].split("+") if kind in chosen)
    total = adversarial + penalty["gamma"] / 2 * penalty["every"] * penalties
    discriminator_gradients = d.gradients(total)
    discriminator_result = {
        "reports": {
            "loss": adversarial,
            "realLogit": real_logits.mean(),
            "fakeLogit": fake_logits.mean(),
            "gradientNorm": norm(discriminator_gradients),
            **({} if penalty["kind"] == "none" else chosen),
        }
    }

    adversarial = generator_loss(discriminate(reals), discriminate(fakes))
    generator_gradients = g.gradients(adversarial)
    generator_result = {
        "reports": {"loss": adversarial, "gradientNorm": norm(generator_gradients)}
    }

    if detailed:
        discriminator_result["gradients"] = discriminator_gradients
        discriminator_result["updated"] = after_adam(d, discriminator_gradients, optimiser)
        generator_result["gradients"] = generator_gradients
        generator_result["updated"] = after_adam(g, generator_gradients, optimiser)
    return {"config": config, "discriminator": discriminator_result, "generator": generator_result}


def adam_case():
    options = {"beta1": 0.9, "beta2": 0.999}
    rates = [0.1, 0.05, 0.02]
    theta = uniform("theta", (2, 3))
    adam = Adam(**options)
    twin = theta.clone().requires_grad_()
    reference = torch.optim.Adam([twin], lr=rates[0], betas=(0.9, 0.999), eps=1e-8)
    steps = []
    for i, rate in enumerate(rates):
        gradient = uniform(f"gradient_{i}", (2, 3), scale=10.0 ** (-2 * i))
        theta = adam.step(theta, gradient, rate)
        twin.grad = gradient
        reference.param_groups[0]["lr"] = rate
        reference.step()
        assert torch.allclose(theta, twin, rtol=1e-12)
        steps.append({"theta": theta, "m": adam.m, "v": adam.v})
    return {"config": {**options, "rates": rates}, "steps": steps}


FILES = {
    "mixer": lambda: {
        "formula": uniform("formula", (3, 3), scale=0.7, offset=0.1),
        "layerNorm": layer_norm_case(),
        "gelu": {form: gelu_case(form) for form in GELU},
        "block": {form: block_case(form) for form in GELU},
        "stems": [
            stem_case("patch", [6, 9, 2], 3),
            stem_case("overlap", [4, 6, 2], 2),
            # An odd patch needs an odd number of padded pixels.
            stem_case("overlap", [6, 9, 2], 3),
            stem_case("conv", [4, 6, 2], 2),
            stem_case("conv", [8, 12, 2], 4),
        ],
        "classifier": {form: classifier_case(form) for form in GELU},
    },
    "gan": lambda: {
        # A kernel of 3 is cropped on one side only.
        "generators": [generator_case(kernel) for kernel in (2, 3, 4)],
        "discriminators": [discriminator_case(stem) for stem in STEMS],
        "losses": {name: loss_case(name) for name in LOSSES},
        "steps": [
            step_case("relativistic", "conv", {"kind": "r1+r2", "gamma": 3, "every": 4}, True),
            step_case("non-saturating", "patch", {"kind": "r1", "gamma": 3, "every": 1}, False),
            step_case("non-saturating", "overlap", {"kind": "r2", "gamma": 2, "every": 16}, False),
            step_case("hinge", "conv", {"kind": "none", "gamma": 0, "every": 1}, False),
        ],
    },
    "adam": adam_case,
}


# ---- files --------------------------------------------------------------------------------------


def rounded(value):
    """9 significant digits; what is zero but for rounding is written as zero."""
    return 0.0 if abs(value) < 1e-13 else float(f"{value:.9g}")


def to_json(node, indent=""):
    """Indented by one, but a tensor or a plain list is one line."""
    if isinstance(node, torch.Tensor):
        values = [rounded(value) for value in node.detach().flatten().tolist()]
        return json.dumps({"shape": list(node.shape), "values": values}, separators=(",", ":"))
    if isinstance(node, dict):
        brackets = "{}"
        items = [f"{json.dumps(key)}: {to_json(item, indent + ' ')}" for key, item in node.items()]
    elif isinstance(node, list) and any(isinstance(item, (dict, torch.Tensor)) for item in node):
        brackets, items = "[]", [to_json(item, indent + " ") for item in node]
    else:
        return json.dumps(node)
    lines = ",\n".join(f"{indent} {item}" for item in items)
    return f"{brackets[0]}\n{lines}\n{indent}{brackets[1]}"


if __name__ == "__main__":
    for name, cases in FILES.items():
        document = {"torch": torch.__version__, **cases()}
        Path(__file__).with_name(f"{name}.json").write_text(to_json(document) + "\n")
