"""The workloads of `mixgan bench` in JAX, every step one function under `jax.jit`.

    npm run bench:peers -- --python python3

races it against the engines of this project, step by step. The models, losses, penalties and
optimisers are those of this repository, written the way JAX users write them: pure functions of trees
of weights, which a step gives back in the memory that it got them in. Images are bytes, as loaders
have them.
"""

import json

import jax
import jax.numpy as jnp
import jaxlib
from jax import lax
from serve import describe, options, serve, threads

keys = iter(())


def normal(*shape):
    return jax.random.normal(next(keys), shape)


def dense(fan_in, fan_out):
    return {"w": normal(fan_in, fan_out) * fan_in**-0.5, "b": jnp.zeros(fan_out)}


def apply_dense(p, x):
    return x @ p["w"] + p["b"]


def filters(side, fan_in, fan_out):
    return {"w": normal(side, side, fan_in, fan_out) * (side * side * fan_in) ** -0.5, "b": jnp.zeros(fan_out)}


axes = ("NHWC", "HWIO", "NHWC")


def convolve(p, x, stride, padding):
    out = lax.conv_general_dilated(x, p["w"], (stride, stride), padding, dimension_numbers=axes)
    return out + p["b"] if "b" in p else out


def norm(channels):
    return {"g": jnp.ones(channels), "b": jnp.zeros(channels)}


def layer_norm(p, x):
    mean = x.mean(-1, keepdims=True)
    variance = jnp.square(x - mean).mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + 1e-6) * p["g"] + p["b"]


def mlp(width, hidden):
    return {"fc1": dense(width, hidden), "fc2": dense(hidden, width)}


def apply_mlp(p, x):
    return apply_dense(p["fc2"], jax.nn.gelu(apply_dense(p["fc1"], x), approximate=False))


def block(tokens, channels, token_dim, channel_dim):
    return {
        "norm1": norm(channels),
        "token_mlp": mlp(tokens, token_dim),
        "norm2": norm(channels),
        "channel_mlp": mlp(channels, channel_dim),
    }


def apply_block(p, x):
    x = x + apply_mlp(p["token_mlp"], layer_norm(p["norm1"], x).swapaxes(1, 2)).swapaxes(1, 2)
    return x + apply_mlp(p["channel_mlp"], layer_norm(p["norm2"], x))


def tokens_of(x):
    """[B, H, W, C] as [B, H * W, C]"""
    return x.reshape(len(x), -1, x.shape[-1])


def scaled(images):
    """Bytes as numbers in -1 ... 1."""
    return images.astype(jnp.float32) / 127.5 - 1


def classifier(side, in_channels, patch, channels, token_dim, channel_dim, blocks, classes=10):
    return {
        "stem": filters(patch, in_channels, channels),
        "blocks": [block((side // patch) ** 2, channels, token_dim, channel_dim) for _ in range(blocks)],
        "norm": norm(channels),
        "head": dense(channels, classes),
    }


def classify(p, images):
    x = scaled(images)
    patch = p["stem"]["w"].shape[0]
    x = tokens_of(convolve(p["stem"], x, patch, "VALID"))
    for one in p["blocks"]:
        x = apply_block(one, x)
    return apply_dense(p["head"], layer_norm(p["norm"], x).mean(1))


def generator(config):
    stages = config["stages"]
    outs = [stage["channels"] for stage in stages[1:]] + [1]
    return {
        "project": dense(config["latentDim"], 49 * stages[0]["channels"]),
        "stages": [
            {
                "blocks": [
                    block((7 * 2**i) ** 2, stage["channels"], stage["tokenDim"], stage["channelDim"])
                    for _ in range(stage["numBlocks"])
                ],
                "norm": norm(stage["channels"]),
                "up": filters(4, stage["channels"], out),
            }
            for i, (stage, out) in enumerate(zip(stages, outs))
        ],
    }


def generate(p, latents):
    x = apply_dense(p["project"], latents).reshape(len(latents), 49, -1)
    for i, stage in enumerate(p["stages"]):
        for one in stage["blocks"]:
            x = apply_block(one, x)
        side = 7 * 2**i
        x = layer_norm(stage["norm"], x).reshape(len(x), side, side, -1)
        x = lax.conv_transpose(x, stage["up"]["w"], (2, 2), "SAME", dimension_numbers=axes) + stage["up"]["b"]
        if i + 1 < len(p["stages"]):
            x = tokens_of(x)
    return jnp.tanh(x)


def discriminator(config):
    c = config["channels"]
    return {
        "conv1": filters(4, 1, c // 2),
        "conv2": filters(4, c // 2, c),
        "blocks": [block(49, c, config["tokenDim"], config["channelDim"]) for _ in range(config["numBlocks"])],
        "norm": norm(c),
        "head": dense(c, 1),
    }


def judge(p, images):
    x = jax.nn.leaky_relu(convolve(p["conv1"], images, 2, "SAME"), 0.2)
    x = tokens_of(convolve(p["conv2"], x, 2, "SAME"))
    for one in p["blocks"]:
        x = apply_block(one, x)
    return apply_dense(p["head"], layer_norm(p["norm"], x).mean(1))


def convolution(side, fan_in, fan_out):
    """With batch normalisation in place of a bias."""
    return {"w": filters(side, fan_in, fan_out)["w"], "norm": norm(fan_out)}


def apply_convolution(p, x, stride, statistics):
    """The running statistics [2, C] move; those that they become are kept in a list."""
    side = p["w"].shape[0]
    x = convolve({"w": p["w"]}, x, stride, [(side // 2, side // 2)] * 2)
    mean = x.mean((0, 1, 2))
    variance = jnp.square(x - mean).mean((0, 1, 2))
    statistics.append(jnp.stack([mean, variance]))
    return (x - mean) * lax.rsqrt(variance + 1e-5) * p["norm"]["g"] + p["norm"]["b"]


def resnet(in_channels, channels, classes=10):
    def stage(fan_in, fan_out, same):
        first, second = convolution(3, fan_in, fan_out), convolution(3, fan_out, fan_out)
        return {"first": first, "second": second} | ({} if same else {"shortcut": convolution(1, fan_in, fan_out)})

    widths = zip([channels[0], *channels], channels)
    return {
        "stem": convolution(3, in_channels, channels[0]),
        "stages": [stage(i, o, n == 0) for n, (i, o) in enumerate(widths)],
        "head": dense(channels[-1], classes),
    }


def apply_resnet(p, images):
    statistics = []
    x = jax.nn.relu(apply_convolution(p["stem"], scaled(images), 1, statistics))
    for n, stage in enumerate(p["stages"]):
        stride = 1 if n == 0 else 2
        branch = jax.nn.relu(apply_convolution(stage["first"], x, stride, statistics))
        branch = apply_convolution(stage["second"], branch, 1, statistics)
        if "shortcut" in stage:
            x = apply_convolution(stage["shortcut"], x, stride, statistics)
        x = jax.nn.relu(x + branch)
    return apply_dense(p["head"], x.mean((1, 2))), statistics


def cross_entropy(logits, labels):
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1)
    return -chosen.mean()


def adam_state(weights):
    zeros = jax.tree.map(jnp.zeros_like, weights)
    return {"step": jnp.zeros((), jnp.int32), "m": zeros, "v": jax.tree.map(jnp.copy, zeros)}


def adam(weights, gradients, state, rate, beta1=0.9, beta2=0.999):
    step = state["step"] + 1
    m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, state["m"], gradients)
    v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, state["v"], gradients)
    scale = jnp.sqrt(1 - beta2**step) / (1 - beta1**step)
    weights = jax.tree.map(lambda w, m, v: w - rate * scale * m / (jnp.sqrt(v) + 1e-8), weights, m, v)
    return weights, {"step": step, "m": m, "v": v}


def random_bytes(*shape):
    return jax.random.randint(next(keys), shape, 0, 256).astype(jnp.uint8)


def training_step(weights, loss_of, image_shape, batch):
    """loss_of: from weights, images and labels to a loss, and what else is to be kept"""
    images, labels = random_bytes(batch, *image_shape), jnp.arange(batch) % 10

    def update(state, images, labels):
        (loss, kept), gradients = jax.value_and_grad(loss_of, has_aux=True)(state["weights"], images, labels)
        weights, moments = adam(state["weights"], gradients, state["adam"], 1e-3)
        moved = jax.tree.map(lambda old, new: 0.9 * old + 0.1 * new, state["kept"], kept)
        return {"weights": weights, "adam": moments, "kept": moved}, loss

    update = jax.jit(update, donate_argnums=0)
    kept = jax.eval_shape(loss_of, weights, images, labels)[1]
    zeros = jax.tree.map(lambda like: jnp.zeros(like.shape), kept)
    state = {"weights": weights, "adam": adam_state(weights), "kept": zeros}

    def run():
        nonlocal state
        state, loss = update(state, images, labels)
        return loss.item()

    return run


def classifier_step(side, in_channels, batch, **sizes):
    def loss_of(weights, images, labels):
        return cross_entropy(classify(weights, images), labels), ()

    return training_step(classifier(side, in_channels, **sizes), loss_of, [side, side, in_channels], batch)


def resnet_step(batch):
    def loss_of(weights, images, labels):
        logits, statistics = apply_resnet(weights, images)
        return cross_entropy(logits, labels), statistics

    return training_step(resnet(1, [16, 32, 64]), loss_of, [28, 28, 1], batch)


def gan_step(config, every):
    batch, gamma = config["batchSize"], config["penalty"]["gamma"]
    betas = (config["optimiser"]["beta1"], config["optimiser"]["beta2"])
    gen, dis = generator(config["generator"]), discriminator(config["discriminator"])
    reals = random_bytes(batch, 28, 28, 1)
    latents = normal(batch, config["generator"]["latentDim"])

    def update_discriminator(dis, moments, gen, reals, latents, penalised):
        images = jnp.concatenate([scaled(reals), generate(gen, latents)])

        def loss_of(dis):
            if not penalised:
                logits, penalty = judge(dis, images), 0
            else:
                logits, derive = jax.vjp(lambda x: judge(dis, x), images)
                (slope,) = derive(jnp.ones_like(logits))
                # The means of both halves, R1 + R2.
                penalty = 2 * jnp.square(slope).sum((1, 2, 3)).mean()
            real, fake = jnp.split(logits, 2)
            return jax.nn.softplus(fake - real).mean() + gamma / 2 * every * penalty

        loss, gradients = jax.value_and_grad(loss_of)(dis)
        return *adam(dis, gradients, moments, 1e-4, *betas), loss

    def update_generator(gen, average, moments, dis, reals, latents):
        real = judge(dis, scaled(reals))

        def loss_of(gen):
            return jax.nn.softplus(real - judge(dis, generate(gen, latents))).mean()

        loss, gradients = jax.value_and_grad(loss_of)(gen)
        gen, moments = adam(gen, gradients, moments, 1e-4, *betas)
        average = jax.tree.map(lambda a, w: a + 0.01 * (w - a), average, gen)
        return gen, average, moments, loss

    update_discriminator = jax.jit(update_discriminator, static_argnames="penalised", donate_argnums=(0, 1))
    update_generator = jax.jit(update_generator, donate_argnums=(0, 1, 2))
    average = jax.tree.map(jnp.copy, gen)
    d_moments, g_moments = adam_state(dis), adam_state(gen)

    def run():
        nonlocal gen, dis, average, d_moments, g_moments
        for i in range(every):
            dis, d_moments, d_loss = update_discriminator(dis, d_moments, gen, reals, latents, penalised=i == 0)
            gen, average, g_moments, g_loss = update_generator(gen, average, g_moments, dis, reals, latents)
        return d_loss.item(), g_loss.item(), jax.block_until_ready(average)

    return run


def sample(config, batch):
    weights = generator(config["generator"])
    latents = normal(batch, config["generator"]["latentDim"])
    draw = jax.jit(generate)
    return lambda: jax.device_get(draw(weights, latents))


def predict(side, in_channels, **sizes):
    weights = classifier(side, in_channels, **sizes)
    image = random_bytes(1, side, side, in_channels)
    probabilities = jax.jit(lambda weights, image: jax.nn.softmax(classify(weights, image)))
    return lambda: jax.device_get(probabilities(weights, image))


def workloads(gan):
    mnist = dict(patch=4, channels=128, token_dim=64, channel_dim=256, blocks=4)
    cifar = dict(patch=4, channels=120, token_dim=60, channel_dim=480, blocks=16)
    b16 = dict(patch=16, channels=768, token_dim=384, channel_dim=3072, blocks=12, classes=1000)
    return {
        "classifier-step": lambda: classifier_step(28, 1, 128, **mnist),
        "classifier-step-cifar": lambda: classifier_step(32, 3, 64, **cifar),
        "resnet-step": lambda: resnet_step(64),
        "gan-step": lambda: gan_step(gan, 1),
        "gan-step-lazy": lambda: gan_step(gan, gan["penalty"]["every"]),
        "sample": lambda: sample(gan, 64),
        "sample-1": lambda: sample(gan, 1),
        "predict": lambda: predict(28, 1, **mnist),
        "mixer-b16-predict": lambda: predict(224, 3, **b16),
    }


def main():
    global keys
    given = options()
    jax.config.update("jax_platforms", "cpu")
    if given.describe:
        (device,) = jax.devices()
        facts = {"jax": jax.__version__, "jaxlib": jaxlib.__version__, "threads": str(threads())}
        return describe({**facts, "device": device.device_kind})
    stream = jax.random.key(0)
    keys = (jax.random.fold_in(stream, i) for i in range(2**20))
    chosen = workloads(json.loads(given.gan))
    serve(lambda name: chosen[name]())


if __name__ == "__main__":
    main()
