"""The workloads in tinygrad on the CPU, each step under TinyJit as in its examples."""

from tinygrad import Context, Tensor, TinyJit, nn

from ..contenders import NotWrittenError


class Dense:
    """Dense layers with ReLU between them."""

    def __init__(self, *sizes):
        self.layers = [nn.Linear(n, m) for n, m in zip(sizes, sizes[1:])]

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


class Convolutional:
    def __init__(self):
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.dense = Dense(1600, 64, 10)

    def __call__(self, x):
        x = self.conv1(x.reshape(-1, 1, 28, 28)).relu().max_pool2d()
        return self.dense(self.conv2(x).relu().max_pool2d().flatten(1))


class Block:
    def __init__(self):
        self.norm1, self.norm2 = nn.LayerNorm(128), nn.LayerNorm(128)
        self.heads, self.mix = nn.Linear(128, 3 * 128), nn.Linear(128, 128)
        self.wide, self.narrow = nn.Linear(128, 512), nn.Linear(512, 128)

    def __call__(self, x):
        n, places, _ = x.shape
        q, k, v = self.heads(self.norm1(x)).reshape(n, places, 3, 4, 32).permute(2, 0, 3, 1, 4)
        y = q.scaled_dot_product_attention(k, v, is_causal=True)
        x = x + self.mix(y.transpose(1, 2).reshape(n, places, 128))
        return x + self.narrow(self.wide(self.norm2(x)).gelu())


class Transformer:
    def __init__(self):
        self.tokens, self.places = nn.Embedding(65, 128), nn.Embedding(64, 128)
        self.blocks = [Block(), Block()]
        self.norm, self.scores = nn.LayerNorm(128), nn.Linear(128, 65)

    def __call__(self, x):
        return self.scores(self.norm((self.tokens(x) + self.places.weight).sequential(self.blocks)))


def cross_entropy(scores, labels):
    return scores.sparse_categorical_crossentropy(labels)


def mean_squared_error(y, target):
    return (y - target).square().mean()


PROGRAMS = {
    "W1": (lambda: Dense(784, 256, 128, 10), cross_entropy),
    "W1b": (lambda: Dense(784, 256, 128, 10), cross_entropy),
    "W2": (Convolutional, cross_entropy),
    "W4": (Transformer, cross_entropy),
    "W5": (lambda: Dense(2, 16, 16, 1), mean_squared_error),
}

MISSING = {"W3": "no LSTM over a sequence, only its cell", "W4b": "no exact GELU"}


def step(name):
    if name in MISSING:
        raise NotWrittenError(f"the library has {MISSING[name]}")
    network, loss_of = PROGRAMS[name]
    model = network()
    weights = nn.state.get_parameters(model)
    optimizer = (nn.optim.AdamW if name == "W4" else nn.optim.Adam)(weights)

    @TinyJit
    @Context(TRAINING=1)
    def jitted(x, y):
        optimizer.zero_grad()
        loss = loss_of(model(x), y).backward()
        return loss.realize(*optimizer.schedule_step())

    return lambda x, y: jitted(Tensor(x), Tensor(y)).item()
