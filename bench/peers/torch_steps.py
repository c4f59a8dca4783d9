"""The workloads of `mixgan bench` in PyTorch, eager or through `torch.compile`.

    npm run bench:peers -- --python python3

races it against the engines of this project, step by step. The models, losses, penalties and
optimisers are those of this repository, written the way PyTorch users write them who want speed: the
fused Adam, convolutions with channels last in training, forward and loss compiled as one, weights
frozen for inference. Images are bytes, as loaders have them.
"""

import json
import re

import torch
import torch.nn.functional as F
from serve import describe, options, serve, threads
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


def instance_norm(channels):
    return nn.InstanceNorm2d(channels, eps=1e-5)


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1),
            instance_norm(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, 1, 1),
            instance_norm(channels),
        )

    def forward(self, x):
        return x + self.layers(x)


class Translator(nn.Module):
    """Of images of 32 by 32, as in translation/generator.ts; a Mixer where it is told widths."""

    def __init__(self, channels, blocks, outer, residual, widths=None):
        super().__init__()
        c = channels

        def finished(layer, filters):
            return nn.Sequential(layer, instance_norm(filters), nn.ReLU())

        self.stem = finished(nn.Conv2d(3, c, outer, 1, outer // 2), c)
        self.down = nn.Sequential(
            finished(nn.Conv2d(c, 2 * c, 3, 2, 1), 2 * c),
            finished(nn.Conv2d(2 * c, 4 * c, 3, 2, 1), 4 * c),
        )
        self.is_mixer = widths is not None
        self.blocks = nn.Sequential(
            *(Block(64, 4 * c, *widths) if self.is_mixer else Residual(4 * c) for _ in range(blocks))
        )
        self.norm = nn.LayerNorm(4 * c, eps=1e-6) if self.is_mixer else nn.Identity()
        self.up = nn.Sequential(
            finished(nn.ConvTranspose2d(4 * c, 2 * c, 4, 2, 1), 2 * c),
            finished(nn.ConvTranspose2d(2 * c, c, 4, 2, 1), c),
        )
        self.residual = residual
        self.head = nn.Conv2d(2 * c if residual else c, 3, outer, 1, outer // 2)

    def forward(self, image):
        fine = self.stem(image)
        x = self.down(fine)
        if self.is_mixer:
            y = self.norm(self.blocks(x.flatten(2).transpose(1, 2)))
            x = y.transpose(1, 2).reshape(x.shape)
        else:
            x = self.blocks(x)
        x = self.up(x)
        if not self.residual:
            return torch.tanh(self.head(x))
        return image + 2 * torch.tanh(self.head(torch.cat([fine, x], 1)))


class PatchMixer(nn.Module):
    """A logit for each of 64 tokens, as in translation/discriminator.ts."""

    def __init__(self, channels, token_dim, channel_dim, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(3, channels // 2, 4, 2, 1)
        self.conv2 = nn.Conv2d(channels // 2, channels, 4, 2, 1)
        self.blocks = nn.Sequential(
            *(Block(64, channels, token_dim, channel_dim) for _ in range(blocks))
        )
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.head = nn.Linear(channels, 1)

    def forward(self, x):
        x = self.conv2(F.leaky_relu(self.conv1(x), 0.2)).flatten(2).transpose(1, 2)
        return self.head(self.norm(self.blocks(x)))


def patchgan(channels):
    c = channels
    return nn.Sequential(
        nn.Conv2d(3, c, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(c, 2 * c, 4, 2, 1),
        instance_norm(2 * c),
        nn.LeakyReLU(0.2),
        nn.Conv2d(2 * c, 4 * c, 4, 1, "same"),
        instance_norm(4 * c),
        nn.LeakyReLU(0.2),
        nn.Conv2d(4 * c, 1, 4, 1, "same"),
    )


class Eager:
    """What a workload asks of the way in which it is run."""

    def function(self, function):
        return function

    def inference(self, function):
        return torch.inference_mode()(function)

    def slopes(self, network, images):
        """Outputs of a network, and the gradient of their sum at the images, to be derived again."""
        images.requires_grad_()
        logits = network(images)
        (slope,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
        return logits, slope


class Compiled(Eager):
    def function(self, function):
        return torch.compile(function, dynamic=False)

    def inference(self, function):
        torch._inductor.config.freezing = True
        return torch.no_grad()(torch.compile(function, dynamic=False))

    def slopes(self, network, images):
        # Of torch.autograd.grad in a compiled function there is no second derivative.
        def summed(x):
            logits = network(x)
            return logits.sum(), logits

        slope, logits = torch.func.grad(summed, has_aux=True)(images)
        return logits, slope


def adam_of(model, rate, betas=(0.9, 0.999)):
    return torch.optim.Adam(model.parameters(), rate, betas, fused=True)


def random_bytes(*shape):
    images = torch.randint(0, 256, shape, dtype=torch.uint8)
    return images.contiguous(memory_format=torch.channels_last)


def channels_last(model):
    """The order of axes in which training with convolutions is fastest; one image at a time is not."""
    return model.to(memory_format=torch.channels_last)


def scaled(images):
    """Bytes as numbers in -1 ... 1."""
    return images.float() / 127.5 - 1


def classifier_step(mode, side, in_channels, batch, **sizes):
    model = channels_last(Classifier(side, in_channels, **sizes))
    return training_step(mode, model, [in_channels, side, side], batch)


def training_step(mode, model, image_shape, batch):
    adam = adam_of(model, 1e-3)
    images = random_bytes(batch, *image_shape)
    labels = torch.arange(batch) % 10
    loss_of = mode.function(lambda images, labels: F.cross_entropy(model(scaled(images)), labels))

    def run():
        loss = loss_of(images, labels)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss.item()

    return run


def gan_step(mode, config, every):
    batch, gamma = config["batchSize"], config["penalty"]["gamma"]
    gen, dis, average = (
        channels_last(model)
        for model in (
            Generator(config["generator"]),
            Discriminator(config["discriminator"]),
            Generator(config["generator"]).requires_grad_(False),
        )
    )
    betas = (config["optimiser"]["beta1"], config["optimiser"]["beta2"])
    g_adam, d_adam = adam_of(gen, 1e-4, betas), adam_of(dis, 1e-4, betas)
    reals = random_bytes(batch, 1, 28, 28)
    latents = torch.randn(batch, config["generator"]["latentDim"])

    def loss_of_discriminator(reals, latents):
        with torch.no_grad():
            fakes = gen(latents)
        real, fake = dis(torch.cat([scaled(reals), fakes])).chunk(2)
        return F.softplus(fake - real).mean()

    def penalised_loss_of_discriminator(reals, latents):
        with torch.no_grad():
            fakes = gen(latents)
        logits, slope = mode.slopes(dis, torch.cat([scaled(reals), fakes]))
        real, fake = logits.chunk(2)
        # The means of both halves, R1 + R2.
        penalty = 2 * slope.square().sum((1, 2, 3)).mean()
        return F.softplus(fake - real).mean() + gamma / 2 * every * penalty

    def loss_of_generator(reals, latents):
        with torch.no_grad():
            real = dis(scaled(reals))
        return F.softplus(real - dis(gen(latents))).mean()

    discriminator_losses = {
        False: mode.function(loss_of_discriminator),
        True: mode.function(penalised_loss_of_discriminator),
    }
    generator_loss = mode.function(loss_of_generator)

    def update(adam, loss):
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss.item()

    def run():
        for i in range(every):
            update(d_adam, discriminator_losses[i == 0](reals, latents))
            dis.requires_grad_(False)
            update(g_adam, generator_loss(reals, latents))
            dis.requires_grad_(True)
            with torch.no_grad():
                torch._foreach_lerp_(list(average.parameters()), list(gen.parameters()), 0.01)

    return run


def translation_step(mode, translator, discriminator, cycle, identity, batch, paired):
    """`paired`: by relativistic pairing, otherwise by least squares."""
    a_to_b, b_to_a, average_a, average_b = (channels_last(translator()) for _ in range(4))
    judge_a, judge_b = (channels_last(discriminator()) for _ in range(2))
    judges = nn.ModuleList([judge_a, judge_b])
    generators, averages = nn.ModuleList([a_to_b, b_to_a]), nn.ModuleList([average_a, average_b])
    averages.requires_grad_(False)
    g_adam, d_adam = (adam_of(models, 1e-4, (0.5, 0.999)) for models in (generators, judges))
    images_a, images_b = (random_bytes(batch, 3, 32, 32) for _ in range(2))

    def adversarial(judge, fakes, images):
        if paired:
            with torch.no_grad():
                real = judge(images)
            return F.softplus(real - judge(fakes)).mean()
        return (judge(fakes) - 1).square().mean()

    def loss_of_generators(a, b):
        a, b = scaled(a), scaled(b)
        own = 0
        if identity > 0:
            fake_b, same_b = a_to_b(torch.cat([a, b])).chunk(2)
            fake_a, same_a = b_to_a(torch.cat([b, a])).chunk(2)
            own = identity * (F.l1_loss(same_a, a) + F.l1_loss(same_b, b))
        else:
            fake_b, fake_a = a_to_b(a), b_to_a(b)
        back = F.l1_loss(b_to_a(fake_b), a) + F.l1_loss(a_to_b(fake_a), b)
        won = adversarial(judge_a, fake_a, a) + adversarial(judge_b, fake_b, b)
        return won + cycle * back + own, fake_a.detach(), fake_b.detach()

    def loss_of_discriminators(a, b, fake_a, fake_b):
        def of(judge, images, fakes):
            real, fake = judge(torch.cat([scaled(images), fakes])).chunk(2)
            if paired:
                return F.softplus(fake - real).mean()
            return ((real - 1).square().mean() + fake.square().mean()) / 2

        return of(judge_a, a, fake_a) + of(judge_b, b, fake_b)

    generator_loss = mode.function(loss_of_generators)
    discriminator_loss = mode.function(loss_of_discriminators)

    def update(adam, loss):
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss.item()

    def run():
        judges.requires_grad_(False)
        loss, fake_a, fake_b = generator_loss(images_a, images_b)
        update(g_adam, loss)
        judges.requires_grad_(True)
        with torch.no_grad():
            torch._foreach_lerp_(list(averages.parameters()), list(generators.parameters()), 0.01)
        update(d_adam, discriminator_loss(images_a, images_b, fake_a, fake_b))

    return run


def sample(mode, config, batch):
    gen = Generator(config["generator"]).eval()
    g = mode.inference(lambda latents: gen(latents))
    latents = torch.randn(batch, config["generator"]["latentDim"])
    return lambda: g(latents).numpy()


def predict(mode, side, in_channels, **sizes):
    model = Classifier(side, in_channels, **sizes).eval()
    forward = mode.inference(lambda image: model(scaled(image)).softmax(1))
    image = random_bytes(1, in_channels, side, side)
    return lambda: forward(image).numpy()


def workloads(gan):
    mnist = dict(patch=4, channels=128, token_dim=64, channel_dim=256, blocks=4)
    cifar = dict(patch=4, channels=120, token_dim=60, channel_dim=480, blocks=16)
    b16 = dict(patch=16, channels=768, token_dim=384, channel_dim=3072, blocks=12, classes=1000)
    return {
        "classifier-step": lambda mode: classifier_step(mode, 28, 1, 128, **mnist),
        "classifier-step-cifar": lambda mode: classifier_step(mode, 32, 3, 64, **cifar),
        "resnet-step": lambda mode: training_step(mode, channels_last(ResNet(1, [16, 32, 64])), [1, 28, 28], 64),
        "gan-step": lambda mode: gan_step(mode, gan, 1),
        "gan-step-lazy": lambda mode: gan_step(mode, gan, gan["penalty"]["every"]),
        "translation-step": lambda mode: translation_step(
            mode,
            lambda: Translator(16, 3, 3, True, widths=(64, 128)),
            lambda: PatchMixer(64, 64, 128, 2),
            cycle=2,
            identity=0,
            batch=16,
            paired=True,
        ),
        "cyclegan-step": lambda mode: translation_step(
            mode,
            lambda: Translator(32, 6, 7, False),
            lambda: patchgan(32),
            cycle=10,
            identity=5,
            batch=4,
            paired=False,
        ),
        "sample": lambda mode: sample(mode, gan, 64),
        "sample-1": lambda mode: sample(mode, gan, 1),
        "predict": lambda mode: predict(mode, 28, 1, **mnist),
        "mixer-b16-predict": lambda mode: predict(mode, 224, 3, **b16),
    }


def check_compiler():
    """@throws where torch.compile cannot work: it needs a C++ compiler"""
    torch.compile(lambda x: torch.sin(x) + 1)(torch.ones(8))


def facts():
    built = torch.__config__.show()
    kept = re.compile(r"Math Kernel Library|MKL-DNN|oneDNN|CPU capability")
    lines = [line.strip(" -") for line in built.splitlines() if kept.search(line)]
    libraries = [line for line in lines if not line.startswith("Build settings")]
    (blas,) = re.findall(r"BLAS_INFO=(\w+)", built) or ["unknown"]
    return {
        "torch": torch.__version__,
        "BLAS": blas,
        "libraries": "; ".join(libraries),
        "threads": str(torch.get_num_threads()),
    }


def main():
    given = options()
    torch.set_num_threads(threads())
    torch.manual_seed(0)
    mode = Compiled() if given.compile else Eager()
    if given.describe:
        if given.compile:
            check_compiler()
        describe(facts())
        return
    chosen = workloads(json.loads(given.gan))
    serve(lambda name: chosen[name](mode))


if __name__ == "__main__":
    main()
