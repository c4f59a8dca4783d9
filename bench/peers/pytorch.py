"""The workloads of `mixgan bench` in eager PyTorch, and compiled where this PyTorch can.

    npm run bench:peers -- --python python3

races it against the engines of this project, step by step. The models, losses, penalties and
optimisers are those of this repository, written the way PyTorch users write them.
"""

import argparse
import json
import os
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, tokens, channels, token_dim, channel_dim):
        super().__init__()
        self.norm1 = nn.LayerNorm(channels, eps=1e-6)
        self.token_mlp = Mlp(tokens, token_dim)
        self.norm2 = nn.LayerNorm(channels, eps=1e-6)
        self.channel_mlp = Mlp(channels, channel_dim)

    def forward(self, x):
        x = x + self.token_mlp(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channel_mlp(self.norm2(x))


class Classifier(nn.Module):
    def __init__(
        self, side, in_channels, patch, channels, token_dim, channel_dim, blocks, classes=10
    ):
        super().__init__()
        tokens = (side // patch) ** 2
        self.stem = nn.Conv2d(in_channels, channels, patch, patch)
        self.blocks = nn.Sequential(
            *[Block(tokens, channels, token_dim, channel_dim) for _ in range(blocks)]
        )
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.head = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.stem(x).flatten(2).transpose(1, 2)
        return self.head(self.norm(self.blocks(x)).mean(1))


class Generator(nn.Module):
    """Latent → 7×7 tokens → blocks → ×2 → blocks → ×2 → tanh, as in gan/presets.ts."""

    def __init__(self, config):
        super().__init__()
        self.stages = config["stages"]
        first = self.stages[0]["channels"]
        self.project = nn.Linear(config["latentDim"], 49 * first)
        self.blocks, self.norms, self.up = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        side = 7
        for i, stage in enumerate(self.stages):
            c = stage["channels"]
            self.blocks.append(
                nn.Sequential(
                    *[
                        Block(side * side, c, stage["tokenDim"], stage["channelDim"])
                        for _ in range(stage["numBlocks"])
                    ]
                )
            )
            self.norms.append(nn.LayerNorm(c, eps=1e-6))
            out = self.stages[i + 1]["channels"] if i + 1 < len(self.stages) else 1
            self.up.append(nn.ConvTranspose2d(c, out, 4, 2, 1))
            side *= 2

    def forward(self, z):
        x = self.project(z).view(len(z), 49, -1)
        side = 7
        for i in range(len(self.stages)):
            x = self.norms[i](self.blocks[i](x))
            x = self.up[i](x.transpose(1, 2).reshape(len(z), -1, side, side))
            side *= 2
            if i + 1 < len(self.stages):
                x = x.flatten(2).transpose(1, 2)
        return torch.tanh(x)


class Discriminator(nn.Module):
    def __init__(self, config):
        super().__init__()
        c = config["channels"]
        self.conv1 = nn.Conv2d(1, c // 2, 4, 2, 1)
        self.conv2 = nn.Conv2d(c // 2, c, 4, 2, 1)
        self.blocks = nn.Sequential(
            *[
                Block(49, c, config["tokenDim"], config["channelDim"])
                for _ in range(config["numBlocks"])
            ]
        )
        self.norm = nn.LayerNorm(c, eps=1e-6)
        self.head = nn.Linear(c, 1)

    def forward(self, x):
        x = self.conv2(F.leaky_relu(self.conv1(x), 0.2)).flatten(2).transpose(1, 2)
        return self.head(self.norm(self.blocks(x)).mean(1))


def convolution(channels_in, channels_out, kernel_size, stride):
    """With batch normalisation in place of a bias."""
    padding = kernel_size // 2
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, kernel_size, stride, padding, bias=False),
        nn.BatchNorm2d(channels_out),
    )


class BasicBlock(nn.Module):
    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.first = convolution(channels_in, channels_out, 3, stride)
        self.second = convolution(channels_out, channels_out, 3, 1)
        same = stride == 1 and channels_in == channels_out
        self.shortcut = nn.Identity() if same else convolution(channels_in, channels_out, 1, stride)

    def forward(self, x):
        return F.relu(self.shortcut(x) + self.second(F.relu(self.first(x))))


class ResNet(nn.Module):
    """One basic block a stage."""

    def __init__(self, in_channels, channels, classes=10):
        super().__init__()
        self.stem = convolution(in_channels, channels[0], 3, 1)
        widths = zip([channels[0], *channels], channels)
        self.blocks = nn.Sequential(*(BasicBlock(i, o, 1 if n == 0 else 2) for n, (i, o) in enumerate(widths)))
        self.head = nn.Linear(channels[-1], classes)

    def forward(self, x):
        return self.head(self.blocks(F.relu(self.stem(x))).mean((2, 3)))


def classifier_step(compiled, side, in_channels, batch, **sizes):
    return training_step(compiled, Classifier(side, in_channels, **sizes), [in_channels, side, side], batch)


def training_step(compiled, model, image_shape, batch):
    forward = torch.compile(model) if compiled else model
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    images = torch.randn(batch, *image_shape)
    labels = torch.arange(batch) % 10

    def run():
        loss = F.cross_entropy(forward(images), labels)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss.item()

    return run, batch


def gan_step(compiled, config, every):
    batch = config["batchSize"]
    gen, dis = Generator(config["generator"]), Discriminator(config["discriminator"])
    average = Generator(config["generator"])
    g, d = (torch.compile(gen), torch.compile(dis)) if compiled else (gen, dis)
    betas = (config["optimiser"]["beta1"], config["optimiser"]["beta2"])
    g_adam = torch.optim.Adam(gen.parameters(), 1e-4, betas)
    d_adam = torch.optim.Adam(dis.parameters(), 1e-4, betas)
    reals = torch.randn(batch, 1, 28, 28)
    gamma = config["penalty"]["gamma"]

    def update_discriminator(penalised):
        z = torch.randn(batch, config["generator"]["latentDim"])
        with torch.no_grad():
            fakes = g(z)
        images = torch.cat([reals, fakes]).requires_grad_(penalised)
        # Double backward is beyond torch.compile: penalised steps are eager on both sides.
        logits = (dis if penalised else d)(images)
        real, fake = logits.chunk(2)
        loss = F.softplus(fake - real).mean()
        if penalised:
            (slope,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
            penalty = 2 * slope.square().sum((1, 2, 3)).mean()
            loss = loss + gamma / 2 * every * penalty
        d_adam.zero_grad(set_to_none=True)
        loss.backward()
        d_adam.step()

    def update_generator():
        z = torch.randn(batch, config["generator"]["latentDim"])
        for p in dis.parameters():
            p.requires_grad_(False)
        with torch.no_grad():
            real = d(reals)
        loss = F.softplus(real - d(g(z))).mean()
        g_adam.zero_grad(set_to_none=True)
        loss.backward()
        g_adam.step()
        for p in dis.parameters():
            p.requires_grad_(True)
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(gen.parameters()), 0.01) if hasattr(
                torch, "_foreach_lerp_"
            ) else [a.lerp_(p, 0.01) for a, p in zip(average.parameters(), gen.parameters())]

    def run():
        for i in range(every):
            update_discriminator(i == 0)
            update_generator()

    return run, batch * every


def sample(compiled, config, batch):
    gen = Generator(config["generator"]).eval()
    g = torch.compile(gen) if compiled else gen
    z = torch.randn(batch, config["generator"]["latentDim"])

    def run():
        with torch.inference_mode():
            g(z)

    return run, batch


def predict(compiled, side, in_channels, **sizes):
    model = Classifier(side, in_channels, **sizes).eval()
    forward = torch.compile(model) if compiled else model
    image = torch.randn(1, in_channels, side, side)

    def run():
        with torch.inference_mode():
            forward(image).softmax(1)

    return run, 1


def workloads(gan):
    mnist = dict(patch=4, channels=128, token_dim=64, channel_dim=256, blocks=4)
    cifar = dict(patch=4, channels=120, token_dim=60, channel_dim=480, blocks=16)
    b16 = dict(patch=16, channels=768, token_dim=384, channel_dim=3072, blocks=12, classes=1000)
    return {
        "classifier-step": lambda c: classifier_step(c, 28, 1, 128, **mnist),
        "classifier-step-cifar": lambda c: classifier_step(c, 32, 3, 64, **cifar),
        "resnet-step": lambda c: training_step(c, ResNet(1, [16, 32, 64]), [1, 28, 28], 64),
        "gan-step": lambda c: gan_step(c, gan, 1),
        "gan-step-lazy": lambda c: gan_step(c, gan, gan["penalty"]["every"]),
        "sample": lambda c: sample(c, gan, 64),
        "sample-1": lambda c: sample(c, gan, 1),
        "predict": lambda c: predict(c, 28, 1, **mnist),
        "mixer-b16-predict": lambda c: predict(c, 224, 3, **b16),
    }


def main():
    parser = argparse.ArgumentParser(description="Times one step for each workload named on standard input.")
    parser.add_argument("--gan", required=True, help="JSON of the GAN's configuration")
    parser.add_argument("--compile", action="store_true", help="use torch.compile")
    options = parser.parse_args()
    torch.set_num_threads(os.cpu_count())
    chosen = workloads(json.loads(options.gan))
    engine = f"torch {torch.__version__} {'compiled' if options.compile else 'eager'}"
    prepared = {}
    for line in sys.stdin:
        name = line.strip()
        if name not in prepared:
            # One workload at a time, so that the memory is its own as far as can be.
            prepared = {name: chosen[name](options.compile)[0]}
            for _ in range(3):
                prepared[name]()
        start = time.perf_counter()
        prepared[name]()
        elapsed = 1000 * (time.perf_counter() - start)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"engine": engine, "ms": elapsed, "peakBytes": peak}), flush=True)


if __name__ == "__main__":
    main()
