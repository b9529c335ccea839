"""Signs and verifies files with bntool and with model_signing, in both directions.

python tools/checks/check_signatures.py BNTOOL

Needs model-signing and pyopenssl from PyPI, and the program openssl. Exits with 1 if one does not accept what the other signed, or accepts
a changed file.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main(bntool: str) -> None:
    problems = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def run(*words: str) -> int:
            outcome = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
            if outcome.returncode not in (0, 1):
                sys.exit(f"{' '.join(words)}: {outcome.stdout}{outcome.stderr}")
            return outcome.returncode

        def expect(what: str, status: int, wanted: int) -> None:
            nonlocal problems
            if status != wanted:
                problems += 1
                print(f"{what}: status {status}, not {wanted}")

        reference = [sys.executable, "-m", "model_signing"]
        for curve in ("P-256", "P-384", "P-521"):
            run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", "key.pem")
            run("openssl", "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem")
            for source in ("valid/plain.h5", "valid/update-pairs.h5", "foreign/one.safetensors"):
                shutil.copy(ROOT / "fixtures" / source, folder / "file")
                run(bntool, "sign", "file", "--key", "key.pem", "--output", "ours.sig")
                run(*reference, "sign", "key", "file", "--signature", "theirs.sig", "--private_key", "key.pem")
                for changed in (False, True):
                    if changed:
                        content = bytearray((folder / "file").read_bytes())
                        content[len(content) // 2] ^= 1
                        (folder / "file").write_bytes(content)
                    what = f"{curve}, {source}, {'changed' if changed else 'unchanged'}"
                    for signature in ("ours.sig", "theirs.sig"):
                        theirs = run(*reference, "verify", "key", "file", "--signature", signature, "--public_key", "public.pem")
                        expect(f"{what}: model_signing on {signature}", theirs, int(changed))
                        ours = run(bntool, "verify", "file", "--signature", signature, "--key", "public.pem")
                        expect(f"{what}: bntool on {signature}", ours, int(changed))
    sys.exit(1 if problems else 0)


main(str(pathlib.Path(sys.argv[1]).resolve()))
