"""Reading, writing and verifying files: the part of the package that needs no framework."""

import json
import pathlib
import unittest

import numpy
import swift_bricks

from .support import FileTest

VALID = pathlib.Path(__file__).resolve().parents[3] / "fixtures/valid"


class FileTests(FileTest):
    def test_a_copy_has_the_same_content(self) -> None:
        """A file that is read, written and read again has the same table of contents, and equal content becomes equal bytes."""
        for name in ("spatial-normalization.h5", "update-pairs.h5", "two-update-groups.h5"):
            with self.subTest(name):
                original = swift_bricks.read(VALID / name)
                copies = [self.folder / f"{number}-{name}" for number in range(2)]
                for copy in copies:
                    swift_bricks.write(copy, original)
                self.assertEqual(self.sound(copies[0]).content_digest, original.content_digest)
                self.assertEqual(copies[0].read_bytes(), copies[1].read_bytes())

    def test_damage_is_reported_by_name(self) -> None:
        path = self.folder / "damaged.h5"
        swift_bricks.write(path, swift_bricks.read(VALID / "update-pairs.h5"))
        import h5py

        with h5py.File(path, "r+") as file:
            file["/updates/mlp/batch_norm_activation_1/batchnormalization/apply/minibatch_mean"][0, 0] += 1
        verification = swift_bricks.verify(path)
        self.assertEqual(verification.stage, "load")
        self.assertIn("minibatch_mean: the digest does not match", verification.problems[0])
        with self.assertRaises(swift_bricks.CheckpointError):
            swift_bricks.read(path)

    def test_digests_are_those_of_the_specification(self) -> None:
        """The digests are those of the examples in CHECKPOINT.md, also if an array's memory is in another order."""
        matrix = numpy.array([[0.5, -1, 2], [0, 4, -0.25]], "<f4")
        for layout in (matrix, matrix.astype(">f4"), numpy.asfortranarray(matrix), numpy.repeat(matrix, 2, 1)[:, ::2]):
            self.assertEqual(swift_bricks.tensor_digest(layout), "15586fdbd30480e4b8ed74b5fbb2b27c")
        self.assertEqual(swift_bricks.tensor_digest(numpy.array(0.5)), "4db2ae0a682e4ec55f215778b5c88d19")

    def test_a_failed_write_leaves_the_old_file(self) -> None:
        path = self.folder / "pairs.h5"
        path.write_bytes(b"old")
        broken = swift_bricks.read(VALID / "update-pairs.h5")
        broken.provenance = {"steps": {1, 2}}  # no JSON
        with self.assertRaises(TypeError):
            swift_bricks.write(path, broken)
        self.assertEqual((path.read_bytes(), [each.name for each in self.folder.iterdir()]), (b"old", ["pairs.h5"]))

    def test_other_models_are_refused_by_name(self) -> None:
        with self.assertRaisesRegex(TypeError, "builtins.dict: give a torch.nn.Module or a keras.Model"):
            swift_bricks.save(json.loads("{}"), self.folder / "model.h5")


if __name__ == "__main__":
    unittest.main()
