"""An S3 server, moto, which checks signatures."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable

from servers import Skipped, free_port, wait_for

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
AWKWARD = "runs/a b+c=é/epoch%3D5~(1).h5"


def check(bench: object, read_everything: Callable, model: str) -> None:
    if not all(importlib.util.find_spec(name) for name in ("moto", "boto3", "flask")):
        raise Skipped("moto and boto3 are not installed (pip install 'moto[server]' boto3)")
    import boto3

    files = [path for path in sorted(bench.folder.iterdir()) if path.is_file()]
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    # The set-up below needs no permissions: a user, a key, a policy, a bucket and the objects.
    environment = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(5 + len(files))}
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(port, process)
        options = {"endpoint_url": endpoint, "region_name": "us-east-1"}
        options |= {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
        users, store = boto3.client("iam", **options), boto3.client("s3", **options)
        users.create_user(UserName="reader")
        key = users.create_access_key(UserName="reader")["AccessKey"]
        users.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=json.dumps(POLICY))
        store.create_bucket(Bucket="models")
        for file in files:
            store.put_object(Bucket="models", Key=file.name, Body=file.read_bytes())
        store.put_object(Bucket="models", Key=AWKWARD, Body=(bench.folder / model).read_bytes())
        variables = {"AWS_ENDPOINT_URL_S3": endpoint}
        keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

        read_everything(bench, "s3", "s3://models", **variables, **keys)
        done = bench.run("inspect", f"s3://models/{AWKWARD}", **variables, **keys)
        bench.expect("a key of unusual characters", done.returncode == 0, done.stderr)

        settings = bench.folder / ".aws"
        settings.mkdir()
        (settings / "credentials").write_text(
            f"[work]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"
        )
        (settings / "config").write_text(f"[profile work]\nregion = us-east-1\nendpoint_url = {endpoint}\n")
        bench.same("a profile", "s3://models", ["inspect"], [model], AWS_PROFILE="work")
        refused = {
            "a wrong secret": ({**variables, **keys, "AWS_SECRET_ACCESS_KEY": "wrong/secret"}, "SignatureDoesNotMatch"),
            "no credentials": (variables, "no credentials were found"),
            "a missing profile": ({**variables, "AWS_PROFILE": "none"}, 'no profile "none"'),
        }
        for what, (changed, text) in refused.items():
            done = bench.run("inspect", f"s3://models/{model}", **changed)
            bench.expect(what, done.returncode == 66 and text in done.stderr, (done.returncode, done.stderr))
            bench.expect(f"{what} shows a secret", "wrong/secret" not in done.stderr, done.stderr)
        for path in ("s3://models/missing.h5", "s3://missing/file.h5"):
            done = bench.run("inspect", path, **variables, **keys)
            bench.expect(path, done.returncode == 66 and "NoSuch" in done.stderr, (done.returncode, done.stderr))
    finally:
        process.terminate()
        process.wait()
