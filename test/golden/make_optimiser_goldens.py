"""Reference numbers for the optimisers, computed by PyTorch's own in float64.

    python3 test/golden/make_optimiser_goldens.py

Rewrites optimisers.json beside this script. A layer's kernel decays, its bias does not. Weights and
gradients are not stored: both sides make them by `uniform`.
"""

from pathlib import Path

import torch

from make_goldens import to_json, uniform

SHAPES = {"layer/kernel": (2, 3), "layer/bias": (3,)}
RATES = [0.1, 0.05, 0.02, 0.05, 0.01]

CASES = {
    "adamw": (torch.optim.AdamW, {"betas": (0.9, 0.99), "eps": 1e-8}, 0.1),
    "sgd": (torch.optim.SGD, {"momentum": 0.0}, 0.0),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}, 0.05),
    "nesterov": (torch.optim.SGD, {"momentum": 0.8, "nesterov": True}, 0.05),
}


def optimiser_case(make, options, weight_decay):
    """All weights after each of five updates of changing rates and falling gradients."""
    weights = {name: uniform(name, shape).requires_grad_() for name, shape in SHAPES.items()}
    groups = [
        {"params": [weights["layer/kernel"]], "weight_decay": weight_decay},
        {"params": [weights["layer/bias"]], "weight_decay": 0.0},
    ]
    optimiser = make(groups, lr=RATES[0], **options)
    steps = []
    for i, rate in enumerate(RATES):
        for name, weight in weights.items():
            weight.grad = uniform(f"gradient_{i}/{name}", SHAPES[name], scale=2.0**-i)
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()
        steps.append({name: weight.detach().clone() for name, weight in weights.items()})
    return {"weightDecay": weight_decay, "steps": steps}


def weighted_loss_case():
    """The mean cross-entropy of four examples whose classes have weights, and its gradient."""
    weights = [0.5, 2.0, 1.25]
    labels = [0, 2, 1, 0]
    logits = uniform("logits", (4, 3), scale=2.0).requires_grad_()
    loss = torch.nn.CrossEntropyLoss(torch.tensor(weights))(logits, torch.tensor(labels))
    loss.backward()
    return {"weights": weights, "labels": labels, "loss": loss, "gradient": logits.grad}


if __name__ == "__main__":
    document = {
        "torch": torch.__version__,
        "rates": RATES,
        **{name: optimiser_case(*case) for name, case in CASES.items()},
        "weightedLoss": weighted_loss_case(),
    }
    path = Path(__file__).with_name("optimisers.json")
    path.write_text(to_json(document) + "\n")
