"""The three networks of the benchmarks in PyTorch, with the parameters and statistics of their checkpoints."""

import swift_bricks
import torch
from inference_models import EPSILON
from torch import nn


def _normalization(kind, channels):
    # Without momentum, PyTorch averages all batches, as in torch.optim.swa_utils.update_bn.
    return kind(channels, momentum=None, eps=EPSILON)


def perceptron():
    """A perceptron with layers of 784, 1024, 1024, 1024 and 10 units, and tanh."""
    widths, layers = [784, 1024, 1024, 1024, 10], []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:], strict=False)):
        layers += [nn.Linear(inputs, outputs, bias=False), _normalization(nn.BatchNorm1d, outputs)]
        layers += [nn.Tanh()] if i < 3 else []
    return nn.Sequential(*layers)


def convolutions():
    """Six convolutions of 3×3, each normalized and rectified, then the mean of each channel, then ten classes."""
    layers, channels = [], 3
    for filters, stride in [(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1)]:
        layers.append(nn.Conv2d(channels, filters, 3, stride=stride, padding=1, bias=False))
        layers += [_normalization(nn.BatchNorm2d, filters), nn.ReLU()]
        channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10))


class Recurrent(nn.Module):
    """The batch-normalized LSTM of arXiv 1603.09025 with statistics per step, in its fastest form: one product for all inputs."""

    def __init__(self, steps=28, features=28, units=100):
        super().__init__()
        self.inputs = nn.Linear(features, 4 * units, bias=False)
        self.states = nn.Linear(units, 4 * units, bias=False)
        self.output = nn.Linear(units, 10)
        terms = (("input", 4 * units), ("state", 4 * units), ("cells", units))
        for name, count in terms:
            norms = [_normalization(nn.BatchNorm1d, count) for _ in range(steps)]
            setattr(self, f"of_{name}", nn.ModuleList(norms))
        self.initial_state, self.initial_cells = (nn.Parameter(torch.zeros(units)) for _ in range(2))

    def forward(self, x):
        from_input = self.inputs(x)
        state, cells = (initial.expand(x.shape[0], -1) for initial in (self.initial_state, self.initial_cells))
        for step in range(x.shape[1]):
            gates = self.of_input[step](from_input[:, step]) + self.of_state[step](self.states(state))
            into, forget, candidate, out = gates.chunk(4, 1)
            cells = torch.sigmoid(forget) * cells + torch.sigmoid(into) * torch.tanh(candidate)
            state = torch.sigmoid(out) * torch.tanh(self.of_cells[step](cells))
        return self.output(state)


NETWORKS = {"mlp": perceptron, "convolutions": convolutions, "lstm": Recurrent}


def load(name, path):
    """The network of a checkpoint, in inference mode."""
    network = NETWORKS[name]()
    values = {tensor.path: torch.from_numpy(tensor.values.copy()) for tensor in swift_bricks.read(path).tensors}
    with torch.no_grad():
        _fill_recurrent(network, values) if name == "lstm" else _fill_layers(network, values)
    return network.eval()


def _fill_normalization(layer, values, brick, step=None, bias=None):
    """Copies the numbers of a normalization. `bias` is a shift that the checkpoint has elsewhere."""

    def number(root, name):
        return values[f"/{root}{brick}/{name}"].reshape(-1, layer.num_features)[step or 0]

    layer.running_mean.copy_(number("statistics", "population_mean"))
    layer.running_var.copy_(number("statistics", "population_stdev").square() - EPSILON)
    layer.weight.copy_(values[f"/parameters{brick}/batch_norm_scale"].flatten())
    shift = values.get(f"/parameters{brick}/batch_norm_shift") if bias is None else bias
    layer.bias.copy_(torch.zeros_like(layer.bias) if shift is None else shift.flatten())


def _fill_layers(network, values):
    """Copies the numbers of layers in order. A checkpoint's filters are flipped."""
    weights = [path for path in values if path.endswith("/W")]
    norms = [path.removesuffix("/population_mean")[len("/statistics") :] for path in values if path.endswith("/population_mean")]
    weights, norms = (sorted(names, key=_number) for names in (weights, norms))
    for layer in network:
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
            _fill_normalization(layer, values, norms.pop(0))
        elif isinstance(layer, nn.Conv2d):
            layer.weight.copy_(values[weights.pop(0)].flip(2, 3))
        elif isinstance(layer, nn.Linear):
            path = weights.pop(0)
            layer.weight.copy_(values[path].T)
            if layer.bias is not None:
                layer.bias.copy_(values[path[:-1] + "b"])


def _number(path):
    """Orders `/conv_2` before `/conv_10`, and the last linear layer after both."""
    digits = [part.rsplit("_", 1)[1] for part in path.split("/") if part.rsplit("_", 1)[-1].isdigit()]
    return int(digits[-1]) if digits else 1000


def _fill_recurrent(network, values):
    """Copies the numbers of the recurrent network. Its bias is the shift of the inputs' normalization."""
    lstm = "/classifier/batchnormalizedlstm"
    parameter = {path.rsplit("/", 1)[1]: value for path, value in values.items() if path.startswith(f"/parameters{lstm}/")}
    network.inputs.weight.copy_(parameter["W_input"].T)
    network.states.weight.copy_(parameter["W_state"].T)
    network.output.weight.copy_(values["/parameters/classifier/linear/W"].T)
    network.output.bias.copy_(values["/parameters/classifier/linear/b"])
    network.initial_state.copy_(parameter["initial_state"])
    network.initial_cells.copy_(parameter["initial_cells"])
    for term, bias in (("input", parameter["b"]), ("state", None), ("cells", None)):
        for step, layer in enumerate(getattr(network, f"of_{term}")):
            _fill_normalization(layer, values, f"{lstm}/normalized_{term}", step, bias)
