# SPDX-License-Identifier: Apache-2.0
"""The files for Kubernetes and Compose: by their schemas, and by what they have the image do."""

import functools
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

import expect
from images import USER, BubblewrapContainer, RuncContainer, run, volume
from postgres import Cluster
from server import ROOT, free_port

KUBERNETES = ROOT / "Examples/kubernetes"
COMPOSE = ROOT / "Examples/compose"
MANIFESTS = ["node.yaml", "fleet.yaml"]
COMPOSED = ["compose.yaml", "compose.postgres.yaml"]


@functools.cache
def validated(kind, file):
    tool = Path(sys.executable).parent
    if kind == "kubernetes":
        return run(tool / "kubernetes-validate", "--strict", "--quiet", file, check=False)
    schema = ["--builtin-schema", "vendor.compose-spec"]
    return run(tool / "check-jsonschema", *schema, file, check=False)


def documents(name):
    """The objects of a manifest, by their kinds; of several of a kind the last one."""
    found = yaml.safe_load_all((KUBERNETES / name).read_text())
    return {one["kind"]: one for one in found}


def pod(name):
    return documents(name)["StatefulSet"]["spec"]["template"]["spec"]


def only_container(name):
    (container,) = pod(name)["containers"]
    return container


def configuration(name):
    return documents(name)["ConfigMap"]["data"]["handfast.yaml"]


def services(name):
    return yaml.safe_load((COMPOSE / name).read_text())["services"]


def service(name):
    return services(name)["handfast"]


WRONG = [
    ("kubernetes", "node.yaml", "readinessProbe:", "readynessProbe:"),
    ("kubernetes", "node.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFileSystem: true"),
    ("kubernetes", "fleet.yaml", "maxUnavailable: 1", "maximumUnavailable: 1"),
    ("kubernetes", "fleet.yaml", "replicas: 3", "replicas: three"),
    ("compose", "compose.yaml", "healthcheck:", "health_check:"),
    ("compose", "compose.yaml", "read_only: true", "read_only: 7"),
    ("compose", "compose.postgres.yaml", "depends_on:", "depend_on:"),
]


@pytest.mark.parametrize(("kind", "name", "text", "wrong"), WRONG)
def test_schemas_accept_each_file_and_refuse_a_misspelt_one(tmp_path, kind, name, text, wrong):
    file = ROOT / "Examples" / kind / name
    done = validated(kind, file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert text in file.read_text()
    (tmp_path / name).write_text(file.read_text().replace(text, wrong, 1))
    assert validated(kind, tmp_path / name).returncode != 0


@pytest.mark.parametrize("name", MANIFESTS)
def test_pods_have_no_rights_and_time_to_drain(name):
    context, container = pod(name)["securityContext"], only_container(name)
    assert context["runAsNonRoot"] and context["runAsUser"] == context["fsGroup"] == USER
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert {"cpu", "memory"} == container["resources"]["limits"].keys()
    limits = yaml.safe_load(configuration(name))["limits"]
    draining = limits["drain_seconds"] + limits["drain_delay_seconds"]
    assert pod(name)["terminationGracePeriodSeconds"] > draining
    # Links of Services are variables that begin like those of the configuration.
    assert pod(name)["enableServiceLinks"] is False
    mounted = {one["name"] for one in container["volumeMounts"]}
    claimed = documents(name)["StatefulSet"]["spec"]["volumeClaimTemplates"]
    named = {one["name"] for one in [*pod(name)["volumes"], *(c["metadata"] for c in claimed)]}
    assert mounted == named


def test_compose_gives_no_rights_and_time_to_drain():
    one = service("compose.yaml")
    assert one["user"] == f"{USER}:{USER}" and one["read_only"] and one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["stop_grace_period"] == "20s"
    assert one["healthcheck"]["test"][0] == "CMD"


def test_nodes_of_a_fleet_differ_by_their_store_alone():
    one, many = (yaml.safe_load(configuration(name)) for name in MANIFESTS)
    store = many.pop("store")
    assert one == many and "sslmode=verify-full" in store["url"]
    items = next(v for v in pod("fleet.yaml")["volumes"] if v["name"] == "store")["secret"]["items"]
    for file in (store["key_file"], store["url"].partition("sslrootcert=")[2]):
        assert Path(file).name in {item["path"] for item in items}


@pytest.fixture
def etc(tmp_path, pki):
    """The folder /etc/handfast as a pod with fsGroup has it: root's, and readable for the group."""
    folder = volume(tmp_path / "etc", 0, USER, 0o750)
    (folder / "tls").mkdir()
    pair = pki.issued("image", subject="/CN=token.example.com", eku="serverAuth")
    shutil.copy(pair.certificate, folder / "tls/tls.crt")
    shutil.copy(pair.key, folder / "tls/tls.key")
    for file in (folder / "tls", *(folder / "tls").iterdir()):
        shutil.chown(file, 0, USER)
        file.chmod(0o750 if file.is_dir() else 0o440)
    return folder


def started(bundle, tmp_path, etc, text, arguments):
    """A container with this configuration, as the files have it mounted."""
    (etc / "handfast.yaml").write_text(text)
    place = volume(tmp_path / "volume", 0, USER, 0o2775)
    container = RuncContainer(bundle, place, arguments=arguments)
    container.mount("/etc/handfast", etc, "ro")
    return container


def asks(container, command):
    """The status and the words of a probe's command inside."""
    program, *arguments = command
    assert program == container.configuration["process"]["args"][0]
    done = container.handfast(*arguments, check=False)
    return done.returncode, done.stdout + done.stderr


def test_probes_of_a_pod_say_what_the_server_is(bundle, tmp_path, etc):
    one = only_container("node.yaml")
    probes = {kind: one[f"{kind}Probe"]["exec"]["command"]
              for kind in ("startup", "liveness", "readiness")}  # fmt: skip
    assert only_container("fleet.yaml")["readinessProbe"] == one["readinessProbe"]
    container = started(bundle, tmp_path, etc, configuration("node.yaml"), one["args"])
    with container:
        for kind, command in probes.items():
            status, words = asks(container, command)
            assert status == 0, (kind, words)
        run(*container._runc, "kill", container.name, "TERM")
        # The server still serves for limits.drain_delay_seconds; no new connection is to come.
        expect.eventually(lambda: asks(container, probes["readiness"])[0] == 1)
        assert container.process.poll() is None
        assert container.wait() == 0


def test_the_health_check_of_compose(bundle, tmp_path, etc):
    one = service("compose.yaml")
    text = (COMPOSE / "handfast.yaml").read_text()
    container = started(bundle, tmp_path, etc, text, one["command"])
    _, *command = one["healthcheck"]["test"]
    with container:
        assert asks(container, command)[0] == 0
        elsewhere = [*command[: command.index("--config")], "--data", "/data/elsewhere"]
        assert asks(container, elsewhere)[0] == 2
        assert container.stop() == 0


@pytest.fixture
def database():
    """A PostgreSQL with the role and the database that the file for Compose asks for."""
    folder = Path(tempfile.mkdtemp(prefix="handfast-compose-"))
    settings = ["listen_addresses=127.0.0.1", f"port={free_port()}"]
    one = Cluster(folder / "postgres", *settings).start()
    given = services("compose.postgres.yaml")["postgres"]["environment"]
    one.psql(f"CREATE ROLE {given['POSTGRES_USER']} LOGIN")
    one.psql(f"CREATE DATABASE {given['POSTGRES_DB']} OWNER {given['POSTGRES_USER']}")
    yield one
    one.stop()
    shutil.rmtree(folder)


def test_compose_with_a_database(bundle, tmp_path, database):
    """What its first lines say: the tables once, and then the server; not the other way round."""
    place = volume(tmp_path / "volume")
    both = services("compose.postgres.yaml")
    listen = ["serve", "--listen", f"127.0.0.1:{free_port()}"]

    def container(name, arguments):
        variables = {key: value.replace("@postgres/", f"@127.0.0.1:{database.port}/")
                     for key, value in both[name]["environment"].items()}  # fmt: skip
        return BubblewrapContainer(bundle, place, arguments, variables)

    early = container("handfast", listen).start()
    assert early.wait() != 0 and "/data/store.key" in early.said
    migrate = container("migrate", both["migrate"]["command"]).start()
    assert migrate.wait() == 0, migrate.said
    assert (place / "store.key").stat().st_mode & 0o077 == 0
    with container("handfast", listen) as one:
        assert one.stop() == 0
    again = container("migrate", both["migrate"]["command"]).start()
    assert again.wait() != 0 and "has tables of Handfast already" in again.said
