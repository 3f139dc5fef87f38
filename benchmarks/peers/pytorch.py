"""The workloads in PyTorch, eager."""

import os

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


class LastState(nn.Module):
    """An LSTM's state after the last step."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(32, 128, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[0][:, -1]


class Block(nn.Module):
    def __init__(self, approximate):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(128), nn.LayerNorm(128)
        self.heads, self.mix = nn.Linear(128, 3 * 128), nn.Linear(128, 128)
        self.wide, self.gelu, self.narrow = nn.Linear(128, 512), nn.GELU(approximate), nn.Linear(512, 128)

    def forward(self, x):
        n, places, _ = x.shape
        q, k, v = self.heads(self.norm1(x)).view(n, places, 3, 4, 32).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(y.transpose(1, 2).reshape(n, places, 128))
        return x + self.narrow(self.gelu(self.wide(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, approximate="tanh"):
        super().__init__()
        self.tokens, self.places = nn.Embedding(65, 128), nn.Embedding(64, 128)
        self.blocks = nn.Sequential(Block(approximate), Block(approximate))
        self.norm, self.scores = nn.LayerNorm(128), nn.Linear(128, 65)

    def forward(self, x):
        return self.scores(self.norm(self.blocks(self.tokens(x) + self.places.weight))).transpose(1, 2)


def dense():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))


def convolutional():
    return nn.Sequential(
        nn.Unflatten(1, (1, 28)),  # channels come first
        nn.Flatten(3),
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1600, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


def recurrent():
    return nn.Sequential(LastState(), nn.Linear(128, 1))


def small():
    return nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))


PROGRAMS = {
    "W1": (dense, F.cross_entropy),
    "W1b": (dense, F.cross_entropy),
    "W2": (convolutional, F.cross_entropy),
    "W3": (recurrent, F.mse_loss),
    "W4": (Transformer, F.cross_entropy),
    "W4b": (lambda: Transformer("none"), F.cross_entropy),
    "W5": (small, F.mse_loss),
}


def step(name):
    network, loss_of = PROGRAMS[name]
    model = network()
    optimizer = (torch.optim.AdamW if name in ("W4", "W4b") else torch.optim.Adam)(model.parameters())

    def step(x, y):
        x, y = torch.from_numpy(x), torch.from_numpy(y)
        loss = loss_of(model(x), y.long() if y.dtype == torch.int32 else y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step
