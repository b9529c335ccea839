"""The recorder on PyTorch models."""

import copy
import importlib.util
import unittest
import unittest.mock
import warnings
from fractions import Fraction
from typing import Any

import numpy
import swift_bricks
from swift_bricks.types import Array

from .support import CONVERTS, FileTest, exact_moments, root, units_in_last_place

try:
    import torch
except ImportError as error:
    raise unittest.SkipTest("PyTorch is not installed") from error

from torch.utils.checkpoint import checkpoint as recomputed


class Shared(torch.nn.Module):  # type: ignore[misc]
    """A linear map, and one normalization that is applied twice."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3, 3)
        self.norm = torch.nn.BatchNorm1d(3)
        self.other = torch.nn.BatchNorm1d(3)

    def forward(self, x: Any) -> Any:
        return self.other(self.norm(self.linear(self.norm(x))))


def batches(*sizes: int, channels: int = 3, shape: tuple[int, ...] = (), seed: int = 0) -> list[Any]:
    """Batches with means and deviations of several magnitudes."""
    generator = torch.Generator().manual_seed(seed)
    scale = torch.logspace(-2, 2, channels).reshape(channels, *[1] * len(shape))
    offset = torch.linspace(-100, 300, channels).reshape(channels, *[1] * len(shape))
    return [torch.randn(size, channels, *shape, generator=generator) * scale + offset for size in sizes]


class RecordTests(FileTest):
    def record(self, model: Any, inputs: list[Any], name: str = "pairs.h5", **options: Any) -> swift_bricks.Checkpoint:
        """The pairs of some batches, read from the file that `record` wrote."""
        with swift_bricks.record(model, self.folder / name, lambda step: f"{name}[{step}]", graph=False, **options):
            for x in inputs:
                model(x)
        return self.sound(self.folder / name)

    def rows(self, pairs: swift_bricks.Checkpoint, group: str) -> tuple[Array, Array, Array]:
        """Counts, means and deviations of a group."""
        counts, means, deviations = (
            pairs.tensor(f"{group}/{name}").values for name in ("counts", "minibatch_mean", "minibatch_stdev")
        )
        return counts, means, deviations

    def test_pairs_are_exact_to_double_precision(self) -> None:
        """Count, mean and sqrt(biased variance + epsilon) of each call are those of exact fractions."""
        shapes: dict[Any, tuple[int, ...]] = {
            torch.nn.BatchNorm1d: (), torch.nn.BatchNorm2d: (2, 3), torch.nn.BatchNorm3d: (2, 1, 3), torch.nn.SyncBatchNorm: (3, 2)
        }  # fmt: skip
        for kind, shape in shapes.items():
            with self.subTest(kind.__name__):
                inputs = batches(5, 2, shape=shape)
                pairs = self.record(torch.nn.Sequential(kind(3, eps=1e-3)), inputs)
                counts, means, deviations = self.rows(pairs, "/updates/0/apply")
                self.assertEqual(means.shape[1:], (3, *[1] * len(shape)))
                for x, count, mean, deviation in zip(inputs, counts, means, deviations, strict=True):
                    expected = exact_moments(x.movedim(1, -1).reshape(-1, 3).tolist())
                    self.assertEqual(count, expected[0])
                    self.assertLess(units_in_last_place(mean, expected[1], numpy.float64), 4)
                    roots = [root(variance + Fraction(1e-3)) for variance in expected[2]]
                    self.assertLess(units_in_last_place(deviation, roots, numpy.float64), 16)

    def test_large_activations_are_observed_in_parts(self) -> None:
        """A batch of more elements than are converted at a time has the same statistics."""
        x = torch.randn(40, 2, 300, 300, generator=torch.Generator().manual_seed(1)) + 1000
        pairs = self.record(torch.nn.Sequential(torch.nn.BatchNorm2d(2)), [x])
        counts, means, deviations = self.rows(pairs, "/updates/0/apply")
        values = x.numpy().astype(numpy.longdouble)
        self.assertEqual(counts.tolist(), [40 * 300 * 300])
        numpy.testing.assert_allclose(means.ravel(), values.mean((0, 2, 3)).astype(float), rtol=1e-13)
        numpy.testing.assert_allclose(deviations.ravel() ** 2 - 1e-5, values.var((0, 2, 3)).astype(float), rtol=1e-12)

    def test_ranks_with_uneven_batches_pool_to_the_whole(self) -> None:
        """Pairs of 1, 3 and 8 ranks average to the statistics of all data, within one unit in the last place of float32."""
        sizes = [7, 2, 16, 3, 5, 9, 2, 11, 4, 8, 13]
        inputs = batches(*sizes, channels=6)
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(6))
        swift_bricks.save(model, self.folder / "model.h5", graph=False)
        _, means, variances = exact_moments(torch.cat(inputs).tolist())
        deviations = [root(variance + Fraction(1e-5)) for variance in variances]
        for ranks in (1, 3, 8):
            with self.subTest(ranks=ranks):
                files = [f"{ranks}-{rank}.h5" for rank in range(ranks)]
                for rank, name in enumerate(files):
                    self.record(model, inputs[rank::ranks], name)
                merged, averaged = self.folder / "merged.h5", self.folder / "averaged.h5"
                self.bntool("merge", *(self.folder / name for name in files), "--output", merged)
                self.bntool("average-stats", merged, "--model", self.folder / "model.h5", "--output", averaged)
                statistics = self.sound(averaged)
                mean, deviation = (statistics.tensor(f"/statistics/0/population_{name}") for name in ("mean", "stdev"))
                self.assertLessEqual(units_in_last_place(mean.values, means), 1)
                self.assertLessEqual(units_in_last_place(deviation.values, deviations), 1)
                assert mean.statistic is not None
                self.assertEqual(
                    (mean.statistic["observation_counts"], mean.statistic["records"]), ([sum(sizes)], len(sizes))
                )

    def test_each_call_of_a_shared_module_is_a_record(self) -> None:
        pairs = self.record(Shared(), batches(4, 6))
        self.assertEqual(
            [group["path"] for group in pairs.groups],
            [f"/updates/{name}" for name in ("norm/apply", "norm/apply#1", "other/apply")],
        )
        counts, means, _ = self.rows(pairs, "/updates/norm/apply")
        self.assertEqual(counts.tolist(), [4, 6])
        numpy.testing.assert_allclose(means, [x.double().mean(0).numpy() for x in batches(4, 6)], rtol=1e-14)
        with self.assertRaises(AssertionError):
            numpy.testing.assert_allclose(self.rows(pairs, "/updates/norm/apply#1")[1], means, rtol=1e-2)

    def test_frozen_modules_yield_no_pairs(self) -> None:
        model = torch.nn.Sequential(*(torch.nn.BatchNorm1d(3, track_running_stats=index != 1) for index in range(3)))
        model[0].eval()
        pairs = self.record(model, batches(4))
        self.assertEqual([group["brick"] for group in pairs.groups], ["/2"])

    def test_passes_in_evaluation_mode_are_not_counted(self) -> None:
        """Names continue with the next number after an evaluation between two training steps."""
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
        with swift_bricks.record(model, self.folder / "p.h5", lambda step: f"b{step}", graph=False):
            for training in (True, False, True):
                model.train(training)(batches(4)[0])
        self.assertEqual([batch["batch"] for batch in self.sound(self.folder / "p.h5").batches], ["b0", "b1"])

    def test_nothing_recorded_writes_nothing(self) -> None:
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(3)).eval()
        with self.assertWarnsRegex(UserWarning, "no normalization was called in training mode"):
            with swift_bricks.record(model, self.folder / "p.h5", str, graph=False):
                model(batches(4)[0])
        self.assertFalse((self.folder / "p.h5").exists())
        with self.assertRaisesRegex(ValueError, "nothing to record"):
            with swift_bricks.record(torch.nn.Linear(1, 1), self.folder / "p.h5", str):
                pass

    def test_records_have_the_digest_of_their_parameters(self) -> None:
        """Parameters that change between steps give different digests, and the last is that of the saved checkpoint."""
        model = Shared()
        with swift_bricks.record(model, self.folder / "p.h5", lambda step: f"b{step}", graph=False):
            for step, x in enumerate(batches(4, 4, 4)):
                if step == 2:
                    model.linear.weight.data.add_(1)  # escapes PyTorch's version counters
                model(x)
        swift_bricks.save(model, self.folder / "model.h5", graph=False)
        digests = [batch["parameters_digest"] for batch in self.sound(self.folder / "p.h5").batches]
        self.assertEqual(digests[0], digests[1])
        self.assertNotEqual(digests[1], digests[2])
        self.assertEqual(digests[2], self.sound(self.folder / "model.h5").parameters_digest())

    def test_a_name_that_occurs_again_is_refused(self) -> None:
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
        with self.assertRaisesRegex(ValueError, "'same' again"):
            with swift_bricks.record(model, self.folder / "p.h5", lambda step: "same", graph=False):
                for x in batches(4, 5):
                    model(x)
        self.assertEqual(len(self.sound(self.folder / "p.h5").batches), 1, "the minibatch before the error is kept")

    def test_failed_passes_are_dropped(self) -> None:
        """An error inside the model leaves out the minibatch, and the next one is complete."""
        model = Shared()
        inputs = batches(4, 4)
        with swift_bricks.record(model, self.folder / "p.h5", lambda step: f"b{step}", graph=False):
            model(inputs[0])
            width, model.linear = model.linear, torch.nn.Linear(2, 3)
            try:
                raise KeyError("the caller may be handling another error")
            except KeyError:
                with self.assertRaises(RuntimeError):
                    model(inputs[1])
                model.linear = width
                model(inputs[1])
        pairs = self.sound(self.folder / "p.h5")
        self.assertEqual([group["batches"] for group in pairs.groups], [[0, 1]] * 3)

    def test_copies_and_recomputations_are_not_recorded(self) -> None:
        """Nothing is recorded for a copy of the model, or when activation checkpointing calls modules again in backward."""

        class Recomputing(Shared):
            def forward(self, x: Any) -> Any:
                return recomputed(super().forward, x, use_reentrant=False)

        model = Recomputing()
        with swift_bricks.record(model, self.folder / "p.h5", lambda step: f"b{step}", graph=False):
            copy.deepcopy(model)(batches(4)[0])
            model(batches(6)[0]).sum().backward()
        pairs = self.sound(self.folder / "p.h5")
        self.assertEqual([self.rows(pairs, group["path"])[0].tolist() for group in pairs.groups], [[6]] * 3)
        self.assertFalse(model._forward_hooks or model._forward_pre_hooks or model.norm._forward_pre_hooks)

    def test_examples_are_recorded_in_ranges(self) -> None:
        model, x = Shared(), batches(4)[0]
        indices = [[7, 0, 1, 2], [3, 4, 5, 6]]
        with (
            torch.no_grad(),
            swift_bricks.record(
                model,
                self.folder / "p.h5",
                batch=lambda step: f"b{step}",
                examples=lambda step: swift_bricks.Examples("train", indices[step], "seed 3"),
            ),
        ):
            for _ in indices:
                model(x)
        expected = [[[0, 3], [7, 8]], [[3, 7]]]
        self.assertEqual(
            [batch["examples"] for batch in self.sound(self.folder / "p.h5").batches],
            [{"source": "train", "order": "seed 3", "ranges": ranges} for ranges in expected],
        )
        for source, numbers in (("", [1]), ("train", []), ("train", [-1, 2])):
            with self.assertRaisesRegex(ValueError, "no source, no examples, or an example below 0"):
                swift_bricks.Examples(source, numbers).entry()

    def test_minibatches_that_are_not_finite_are_left_out(self) -> None:
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
        good = batches(4)[0]
        with self.assertWarnsRegex(UserWarning, "b0 is not recorded: /0"):
            with swift_bricks.record(model, self.folder / "p.h5", lambda step: f"b{step}", graph=False):
                model(good * float("nan"))
                model(good)
        self.assertEqual([batch["batch"] for batch in self.sound(self.folder / "p.h5").batches], ["b0"])

    def test_a_full_table_of_contents_ends_the_recording(self) -> None:
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
        with (
            unittest.mock.patch("swift_bricks.recording.LARGEST_CONTENTS", 250),
            self.assertWarnsRegex(UserWarning, "is full after 2"),
        ):
            with swift_bricks.record(model, self.folder / "p.h5", lambda step: f"b{step}", graph=False):
                for x in batches(4, 4, 4, 4):
                    model(x)
        self.assertEqual(len(self.sound(self.folder / "p.h5").batches), 2)

    def test_16_bit_inputs_are_widened_exactly(self) -> None:
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(3)).to(torch.bfloat16)
        x = batches(6)[0].to(torch.bfloat16)
        pairs = self.record(model, [x])
        numpy.testing.assert_allclose(self.rows(pairs, "/updates/0/apply")[1][0], x.double().mean(0).numpy(), rtol=1e-14)
        swift_bricks.save(model, self.folder / "model.h5", graph=False)
        checkpoint = self.sound(self.folder / "model.h5")
        self.assertEqual(checkpoint.tensor("/parameters/0/batch_norm_scale").type, "bfloat16")
        self.assertEqual(checkpoint.parameters_digest(), pairs.batches[0]["parameters_digest"])

    def test_distributed_models_record_under_their_own_paths(self) -> None:
        store = f"file://{self.folder / 'store'}"
        torch.distributed.init_process_group("gloo", init_method=store, rank=0, world_size=1)
        self.addCleanup(torch.distributed.destroy_process_group)
        pairs = self.record(torch.nn.parallel.DistributedDataParallel(Shared()), batches(4))
        self.assertEqual({group["brick"] for group in pairs.groups}, {"/norm", "/other"})

    def test_models_that_cannot_be_observed_are_refused(self) -> None:
        lazy = torch.nn.Sequential(torch.nn.LazyBatchNorm1d())
        cases: list[tuple[Any, str]] = [
            (
                torch.nn.ModuleDict({name: torch.nn.BatchNorm1d(1) for name in ("a|b", "a/b")}),
                "two parts .* have the path /a_b;",
            ),
            (lazy, "run the model on a batch"),
            (torch.compile(Shared()), "before torch.compile"),
            (3, "builtins.int"),
        ]
        for model, message in cases:
            with self.assertRaisesRegex(TypeError, message), swift_bricks.record(model, self.folder / "p.h5", str):
                pass


class StatisticsTests(FileTest):
    def averaged(self, model: Any, inputs: list[Any]) -> Any:
        """The file of a model with the pooled statistics of some batches."""
        with torch.no_grad(), swift_bricks.record(model, self.folder / "p.h5", lambda step: f"b{step}", graph=False):
            for x in inputs:
                model(x)
        swift_bricks.save(model, self.folder / "model.h5", graph=False)
        self.bntool(
            "average-stats", self.folder / "p.h5", "--model", self.folder / "model.h5", "--output", self.folder / "a.h5"
        )
        return self.folder / "a.h5"

    def test_averaged_statistics_go_back_into_the_model(self) -> None:
        """The outputs are those of a model whose statistics are computed from all inputs of its normalizations at once."""
        for kind in (torch.float32, torch.float64):
            torch.manual_seed(0)
            model = Shared().to(kind).train()
            seen: dict[str, list[Any]] = {"norm": [], "other": []}
            for name, found in seen.items():
                model.get_submodule(name).register_forward_pre_hook(lambda _, x, found=found: found.append(x[0].double()))
            inputs = [x.to(kind) for x in batches(8, 3, 5)]
            path = self.averaged(model, inputs)
            direct = copy.deepcopy(model).eval()
            for name, values in seen.items():
                values = torch.cat(values)
                direct.get_submodule(name).running_mean.copy_(values.mean(0))
                direct.get_submodule(name).running_var.copy_(values.var(0, correction=0))
            swift_bricks.apply_statistics(model, path)
            tolerance = 1e-5 if kind == torch.float32 else 1e-11
            numpy.testing.assert_allclose(
                model.eval()(inputs[0]).detach(), direct(inputs[0]).detach(), rtol=tolerance, atol=tolerance
            )
            self.assertEqual(int(model.norm.num_batches_tracked), 6)

    def test_statistics_that_do_not_fit_change_nothing(self) -> None:
        path = self.folder / "model.h5"
        swift_bricks.save(torch.nn.Sequential(torch.nn.BatchNorm1d(3), torch.nn.BatchNorm1d(3)), path, graph=False)
        cases: list[tuple[list[Any], str]] = [
            ([torch.nn.BatchNorm1d(3), torch.nn.BatchNorm1d(4)], "/1 has statistics of shape"),
            (
                [torch.nn.BatchNorm1d(3), torch.nn.BatchNorm1d(3, eps=1e-3)],
                "/1 has the epsilon 1e-05 in the file, and 0.001",
            ),
            ([torch.nn.BatchNorm1d(3)], "/1 is not in the model"),
            ([torch.nn.BatchNorm1d(3) for _ in range(3)], "/2 has no population mean"),
        ]
        for modules, message in cases:
            model = torch.nn.Sequential(*modules)
            model[0].running_mean.fill_(7)
            with self.assertRaisesRegex(ValueError, message):
                swift_bricks.apply_statistics(model, path)
            self.assertTrue((model[0].running_mean == 7).all())

    def test_a_kept_variance_comes_back_bit_by_bit(self) -> None:
        """A checkpoint's `moving_variance` is used if it belongs to the deviation, but not if the deviation has changed."""
        variance = torch.tensor([1e-9, 0.3, 7e4])
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
        model[0].running_var.copy_(variance)
        model[0].num_batches_tracked.fill_(3)
        swift_bricks.save(model, self.folder / "model.h5", graph=False)
        checkpoint = swift_bricks.read(self.folder / "model.h5")
        for factor in (1, 2):
            checkpoint.tensor("/statistics/0/population_stdev").values *= factor
            swift_bricks.write(self.folder / "kept.h5", checkpoint)
            with warnings.catch_warnings(action="error"):  # the statistics are a training average, and not stale
                swift_bricks.apply_statistics(model, self.folder / "kept.h5")
            self.assertEqual(torch.equal(model[0].running_var, variance), factor == 1)

    def test_saved_statistics_say_what_is_known(self) -> None:
        """The three cases: never estimated, a count that is known because all minibatches were recorded, and an unknown count."""
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
        saved = []
        for unrecorded in (0, 2):
            for x in batches(*[5] * unrecorded):
                model(x)
            swift_bricks.save(model, self.folder / "model.h5", graph=False)
            saved.append(self.sound(self.folder / "model.h5").tensor("/statistics/0/population_mean").statistic)
            if not unrecorded:
                with swift_bricks.record(model, self.folder / "p.h5", lambda step: f"b{step}", graph=False):
                    model(batches(7)[0])
                swift_bricks.save(model, self.folder / "model.h5", graph=False)
                saved.append(self.sound(self.folder / "model.h5").tensor("/statistics/0/population_mean").statistic)
        known = [(each["estimator"], each["observation_counts"], each["records"]) for each in saved if each]
        self.assertEqual(known, [("none", [0], 0), ("training-average", [7], 1), ("training-average", [3], 3)])

    @unittest.skipUnless(importlib.util.find_spec("onnx"), "the exporter of PyTorch needs onnx")
    def test_the_export_keeps_normalizations_and_their_names(self) -> None:
        """A model with equal vectors keeps them under the names of its modules, and keeps its own modes."""
        import onnx
        from swift_bricks.export_torch import export_onnx

        model = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1), torch.nn.BatchNorm2d(3), torch.nn.BatchNorm2d(3)).train()
        model[2].eval()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter
            export_onnx(model, torch.zeros(2, 3, 4, 4), str(self.folder / "model.onnx"))
        graph = onnx.load(self.folder / "model.onnx").graph
        self.assertEqual([node.op_type for node in graph.node], ["Conv", "BatchNormalization", "BatchNormalization"])
        for module, node in enumerate(graph.node[1:], start=1):
            names = [f"{module}.{name}" for name in ("weight", "bias", "running_mean", "running_var")]
            self.assertEqual(list(node.input)[1:], names)
            self.assertLessEqual(set(names), {tensor.name for tensor in graph.initializer})
        self.assertEqual([model.training, model[1].training, model[2].training], [True, True, False])

    @unittest.skipUnless(importlib.util.find_spec("onnx"), "the exporter of PyTorch needs onnx")
    def test_pairs_fit_the_converted_model(self) -> None:
        """With a converter, digest, shapes and epsilon are those of the file that it makes, and save keeps this file."""
        model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.BatchNorm1d(3))
        prepared = self.folder / "prepared.h5"
        swift_bricks.save(model, prepared, graph=False)
        checkpoint = swift_bricks.read(prepared)
        checkpoint.tensor("/parameters/0/weight").values *= 2  # imitates a converter with another layout
        epsilon = float(numpy.float32(1e-5))
        for tensor in checkpoint.tensors:
            if tensor.statistic is not None:
                tensor.statistic = {**tensor.statistic, "epsilon": epsilon}
        assert checkpoint.graph is not None
        checkpoint.graph["calls"][0]["normalization"]["epsilon"] = epsilon
        swift_bricks.write(prepared, checkpoint)
        program = self.folder / "bntool"
        program.write_text(f'#!/bin/sh\ntest "$1" = convert && grep -q pytorch "$2" && cp {prepared} "$3"\n')
        program.chmod(0o755)
        with unittest.mock.patch.dict("os.environ", {"BNTOOL": str(program)}), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter
            with swift_bricks.record(model, self.folder / "p.h5", lambda step: f"b{step}"):
                model(batches(4)[0])
            swift_bricks.save(model, self.folder / "model.h5", inputs=batches(4)[0], graph=True)
        pairs, saved = self.sound(self.folder / "p.h5"), self.sound(self.folder / "model.h5")
        self.assertEqual(pairs.batches[0]["parameters_digest"], checkpoint.parameters_digest())
        self.assertEqual(pairs.groups[0]["epsilon"], epsilon)
        self.assertEqual(saved.parameters_digest(), checkpoint.parameters_digest())
        statistic = saved.tensor("/statistics/1/population_mean").statistic
        assert statistic is not None
        self.assertEqual((statistic["records"], statistic["observation_counts"], statistic["epsilon"]), (1, [4], epsilon))
        self.assertTrue(model.training and model[1].training)

    @unittest.skipUnless(CONVERTS and importlib.util.find_spec("onnx"), "bntool or onnx is not installed")
    def test_recorded_pairs_go_into_the_graph_and_back(self) -> None:
        """The converted model with averaged statistics, and PyTorch with these statistics, have the same outputs."""
        torch.manual_seed(3)
        convolution, linear = torch.nn.Conv2d(2, 4, 3, stride=2, bias=False), torch.nn.Linear(16, 5)
        block = torch.nn.Sequential(torch.nn.BatchNorm2d(4, eps=1e-3), torch.nn.ReLU(), torch.nn.Flatten())
        model = torch.nn.Sequential(convolution, block, linear, torch.nn.BatchNorm1d(5, affine=False))
        inputs = [x * 0.05 for x in batches(6, 3, 5, channels=2, shape=(6, 5))]
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore", DeprecationWarning)  # of the exporter
            path = self.averaged_graph(model, inputs, inputs[0])
            swift_bricks.apply_statistics(model, path)
            expected = model.eval()(inputs[0]).numpy()
        self.assertEqual(int(model[1][0].num_batches_tracked), 3)
        numpy.testing.assert_allclose(self.outputs(path, inputs[0].numpy()), expected, rtol=1e-5, atol=1e-5)

    def test_a_refused_conversion_keeps_the_pairs(self) -> None:
        """If the converter fails at the end, a warning has its reason, and the pairs fit the checkpoint without the graph."""
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
        program = self.folder / "bntool"
        program.write_text("#!/bin/sh\necho bntool: no such operator >&2\nexit 65\n")
        program.chmod(0o755)
        with unittest.mock.patch.dict("os.environ", {"BNTOOL": str(program)}):
            with self.assertWarnsRegex(UserWarning, "no such operator"):
                with swift_bricks.record(model, self.folder / "p.h5", lambda step: f"b{step}", graph=True):
                    model(batches(4)[0])
        swift_bricks.save(model, self.folder / "model.h5", graph=False)
        digest = self.sound(self.folder / "model.h5").parameters_digest()
        self.assertEqual(self.sound(self.folder / "p.h5").batches[0]["parameters_digest"], digest)

    def test_a_missing_converter_is_named(self) -> None:
        model = torch.nn.Sequential(torch.nn.BatchNorm1d(3))
        with unittest.mock.patch.dict("os.environ", {"BNTOOL": str(self.folder / "missing")}):
            with self.assertRaisesRegex(swift_bricks.ConversionError, "set BNTOOL"):
                swift_bricks.save(model, self.folder / "model.h5", inputs=batches(4)[0], graph=True)
            with self.assertRaisesRegex(swift_bricks.ConversionError, "set BNTOOL"):
                with swift_bricks.record(model, self.folder / "p.h5", str, graph=True):
                    pass
            with self.assertRaisesRegex(ValueError, "pass inputs=x, or graph=False"):
                swift_bricks.save(model, self.folder / "model.h5")
            self.assertEqual(list(self.folder.iterdir()), [])
            with self.assertWarnsRegex(UserWarning, "has no graph of the network"):
                swift_bricks.save(model, self.folder / "model.h5", inputs=batches(4)[0])
            self.sound(self.folder / "model.h5")


if __name__ == "__main__":
    unittest.main()
