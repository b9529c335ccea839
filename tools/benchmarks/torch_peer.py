"""A network of PyTorch as the peer of a benchmark."""

import rounds
import torch
import torch._inductor.config


class TorchPeer:
    """A network of PyTorch with its inputs, without gradients."""

    def __init__(self, network, *batches):
        self.network, self.inputs = network, [torch.from_numpy(batch) for batch in batches]

    def output(self):
        with torch.no_grad():
            return self.network(*self.inputs).numpy()

    def seconds(self, count):
        with torch.no_grad():
            return rounds.seconds(count, lambda: self.network(*self.inputs))


class CompiledPeer(TorchPeer):
    """The same network, compiled for these inputs, with its parameters as constants."""

    def __init__(self, network, *batches):
        # Without this, normalizations are not folded into weights, and weights are not packed.
        torch._inductor.config.freezing = True
        torch._dynamo.reset()
        super().__init__(torch.compile(network, dynamic=False), *batches)
