"""The recorder on Keras models, of the torch backend."""

import os
import unittest
from typing import Any

import numpy
import swift_bricks
from swift_bricks.types import Array

from .support import CONVERTS, FileTest

os.environ.setdefault("KERAS_BACKEND", "torch")
try:
    import keras
except ImportError as error:
    raise unittest.SkipTest("Keras or its backend is not installed") from error


def network() -> Any:
    """Images through a convolution, a nested model with a normalization, and two more normalizations."""
    keras.utils.set_random_seed(1)
    inner = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.BatchNormalization(name="bn"), keras.layers.ReLU()], name="inner"
    )
    x = inputs = keras.Input((6, 6, 2))
    x = inner(keras.layers.Conv2D(3, 3, name="conv")(x))
    x = keras.layers.BatchNormalization(axis=1, epsilon=1e-2, scale=False, name="rows")(x)
    x = keras.layers.Dense(5, name="dense")(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.BatchNormalization(center=False, name="last")(x))


def images(*sizes: int) -> list[Array]:
    """Batches of images."""
    generator = numpy.random.default_rng(2)
    return [generator.normal(3, 2, (size, 6, 6, 2)).astype(numpy.float32) for size in sizes]


def inputs_of_normalizations(model: Any, batches: list[Array]) -> dict[str, Array]:
    """The inputs of each normalization in training mode: rows of all batches, the channel last, in double precision."""
    probe = keras.Model(
        model.inputs, [model.get_layer("conv").output, model.get_layer("rows").input, model.get_layer("last").input]
    )
    outputs = [[numpy.asarray(each.detach()) for each in probe(batch, training=True)] for batch in batches]
    conv, rows, last = (numpy.concatenate(parts).astype(float) for parts in zip(*outputs))
    return {"/inner/bn": conv.reshape(-1, 3), "/rows": numpy.moveaxis(rows, 1, -1).reshape(-1, 4), "/last": last}


class RecordTests(FileTest):
    def record(self, model: Any, batches: list[Any], **options: Any) -> swift_bricks.Checkpoint:
        """The pairs of some batches, read from the file that `record` wrote."""
        with swift_bricks.record(model, self.folder / "pairs.h5", lambda step: f"b{step}", graph=False):
            for x in batches:
                model(x, training=True, **options)
        return self.sound(self.folder / "pairs.h5")

    def test_pairs_are_of_the_inputs_of_each_normalization(self) -> None:
        """Counts, means and deviations are those of NumPy on the same inputs, also in nested models and for any axis."""
        model, (batch,) = network(), images(7)
        expected = inputs_of_normalizations(model, [batch])
        pairs = self.record(model, [batch])
        self.assertEqual({group["brick"] for group in pairs.groups}, expected.keys())
        for group in pairs.groups:
            rows = expected[group["brick"]]
            count, mean, deviation = (
                pairs.tensor(f"{group['path']}/{name}").values[0]
                for name in ("counts", "minibatch_mean", "minibatch_stdev")
            )
            self.assertEqual(count, len(rows))
            numpy.testing.assert_allclose(mean.ravel(), rows.mean(0), rtol=1e-12)
            numpy.testing.assert_allclose(deviation.ravel(), numpy.sqrt(rows.var(0) + group["epsilon"]), rtol=1e-12)

    def test_training_by_fit_is_recorded(self) -> None:
        """`fit` makes a record of each step. The validation and frozen layers do not."""
        model = network()
        model.get_layer("inner").trainable = False
        model.compile("sgd", "mse")
        (x,) = images(10)
        with swift_bricks.record(model, self.folder / "pairs.h5", lambda step: f"b{step}", graph=False):
            model.fit(x, numpy.zeros((10, 5)), batch_size=4, epochs=2, validation_data=(x, numpy.zeros((10, 5))), verbose=0)
        pairs = self.sound(self.folder / "pairs.h5")
        self.assertEqual({group["brick"] for group in pairs.groups}, {"/last", "/rows"})
        self.assertEqual(pairs.tensor("/updates/last/apply/counts").values.tolist(), [4, 4, 2] * 2)
        self.assertEqual(len({batch["parameters_digest"] for batch in pairs.batches}), 6)
        self.assertNotIn("call", vars(model.get_layer("last")))

    def test_masked_steps_are_not_observed(self) -> None:
        inputs = keras.Input((3, 2))
        model = keras.Model(inputs, keras.layers.BatchNormalization(name="bn")(keras.layers.Masking()(inputs)))
        x = numpy.arange(1, 13, dtype=numpy.float32).reshape(2, 3, 2)
        x[0, 2] = x[1, 1:] = 0
        pairs = self.record(model, [x])
        rows = numpy.array([[1, 2], [3, 4], [7, 8]], float)
        self.assertEqual(pairs.tensor("/updates/bn/apply/counts").values.tolist(), [3])
        numpy.testing.assert_allclose(
            pairs.tensor("/updates/bn/apply/minibatch_mean").values.ravel(), rows.mean(0), rtol=1e-15
        )
        deviation = pairs.tensor("/updates/bn/apply/minibatch_stdev").values
        numpy.testing.assert_allclose(deviation.ravel(), numpy.sqrt(rows.var(0) + 1e-3), rtol=1e-15)

    def test_each_call_of_a_shared_layer_is_a_record(self) -> None:
        inputs, shared = [keras.Input((2,)), keras.Input((2,))], keras.layers.BatchNormalization(name="bn")
        model = keras.Model(inputs, [shared(each) for each in inputs])
        x = [numpy.arange(6, dtype=numpy.float32).reshape(3, 2) + offset for offset in (0, 10)]
        pairs = self.record(model, [x])
        means = [pairs.tensor(f"/updates/bn/{call}/minibatch_mean").values.tolist() for call in ("apply", "apply#1")]
        self.assertEqual(sorted(means), [[[2, 3]], [[12, 13]]])

    def test_models_that_cannot_be_observed_are_refused(self) -> None:
        with self.assertRaisesRegex(TypeError, "not built"):
            with swift_bricks.record(keras.Sequential([keras.layers.BatchNormalization()]), self.folder / "p.h5", str):
                pass


class StatisticsTests(FileTest):
    def test_averaged_statistics_go_back_into_the_model(self) -> None:
        """The outputs are those of a model whose statistics are computed from all inputs of its normalizations at once."""
        model, batches = network(), images(8, 3, 6)
        expected = inputs_of_normalizations(model, batches)
        pairs, saved, averaged = (self.folder / name for name in ("pairs.h5", "model.h5", "averaged.h5"))
        with swift_bricks.record(model, pairs, lambda step: f"b{step}", graph=False):
            for x in batches:
                model(x, training=True)
        swift_bricks.save(model, saved, graph=False)
        self.sound(saved)
        self.bntool("average-stats", pairs, "--model", saved, "--output", averaged)
        direct = keras.models.clone_model(model)
        direct.set_weights(model.get_weights())
        for layer, rows in zip(
            (direct.get_layer("inner").get_layer("bn"), direct.get_layer("rows"), direct.get_layer("last")),
            expected.values(),
        ):
            layer.moving_mean.assign(rows.mean(0))
            layer.moving_variance.assign(rows.var(0))
        swift_bricks.apply_statistics(model, averaged)
        numpy.testing.assert_allclose(model(batches[0]).detach(), direct(batches[0]).detach(), rtol=1e-5, atol=1e-5)

    @unittest.skipUnless(CONVERTS, "bntool is not installed")
    def test_recorded_pairs_go_into_the_graph_and_back(self) -> None:
        """The converted model with averaged statistics, and Keras with these statistics, have the same outputs."""
        model, batches = network(), images(8, 3, 6)
        path = self.averaged_graph(model, batches, None, training=True)
        swift_bricks.apply_statistics(model, path)
        expected = model(batches[0]).detach().numpy()
        numpy.testing.assert_allclose(self.outputs(path, batches[0]), expected, rtol=1e-5, atol=1e-5)

    def test_frozen_layers_keep_their_own_statistics(self) -> None:
        """The statistics of frozen layers are saved like parameters, are not population statistics, and are not replaced."""
        model = network()
        frozen, other = model.get_layer("inner"), model.get_layer("rows")
        frozen.trainable = False
        frozen.get_layer("bn").moving_mean.assign([1, 2, 3])
        swift_bricks.save(model, self.folder / "model.h5", graph=False)
        checkpoint = self.sound(self.folder / "model.h5")
        self.assertEqual(checkpoint.tensor("/persistent/inner/bn/moving_mean").values.tolist(), [1, 2, 3])
        self.assertNotIn("/inner/bn", {tensor.brick for tensor in checkpoint.tensors if tensor.statistic})
        frozen.get_layer("bn").moving_mean.assign([4, 5, 6])
        other.moving_mean.assign([7, 7, 7, 7])
        with self.assertWarnsRegex(UserWarning, "never estimated"):
            swift_bricks.apply_statistics(model, self.folder / "model.h5")
        self.assertEqual(frozen.get_layer("bn").moving_mean.numpy().tolist(), [4, 5, 6])
        self.assertEqual(other.moving_mean.numpy().tolist(), [0] * 4)

    def test_layers_never_trained_are_never_estimated(self) -> None:
        model = network()
        swift_bricks.save(model, self.folder / "model.h5", graph=False)
        mean = self.sound(self.folder / "model.h5").tensor("/statistics/rows/population_mean")
        assert mean.statistic is not None
        self.assertEqual(
            (mean.statistic["estimator"], mean.statistic["epsilon"], mean.values.shape), ("none", 1e-2, (4, 1, 1))
        )


if __name__ == "__main__":
    unittest.main()
