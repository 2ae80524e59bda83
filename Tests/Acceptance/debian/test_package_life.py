# SPDX-License-Identifier: Apache-2.0
"""The Debian package under systemd: installed, upgraded, downgraded, removed and purged.

Each test has a Debian of its own, in namespaces, which is forgotten. By default that is the one
that the tests run on; `script/test --packages` has Debian 12 and 13 from bare roots.
"""

import signal

import pytest

import expect
from packages import fields, packed, unpacked
from services import CONFIGURATION, DATA, Service


@pytest.fixture
def service(machine, tmp_path, pki):
    # The Debian that the tests run on may have data of its own.
    machine.run("rm", "-rf", DATA, "/etc/handfast")
    return Service(machine, tmp_path, pki)


def version_of(package):
    return fields(package)["Version"]


def installed(machine):
    form = "${db:Status-Status} ${Version}"
    return machine.run("dpkg-query", "-W", "-f", form, "handfast").stdout


def set_lifetime(service, seconds):
    text = service.configuration.read_text() + f"tokens:\n  lifetime: {seconds}\n"
    service.configuration.write_text(text)
    service.systemctl("reload", "handfast")


def test_installed_upgraded_downgraded_removed_and_purged(service, machine, package, earlier):
    assert version_of(earlier) != version_of(package)
    service.install(earlier)
    assert installed(machine) == f"installed {version_of(earlier)}"
    assert service.is_active, service.journal
    assert service.systemctl("is-enabled", "handfast").stdout == "enabled\n"
    assert service.listening() == {"127.0.0.1:9443"}
    service.register()
    service.expect_tokens()
    keys = service.keys
    set_lifetime(service, 600)
    expect.eventually(lambda: service.token()["expires_in"] == 600, 5)
    process = service.process

    for now in (package, earlier, package):
        service.install(now)
        assert installed(machine) == f"installed {version_of(now)}"
        assert service.is_active, service.journal
        assert service.process != process
        process = service.process
        assert service.expect_tokens()["expires_in"] == 600 and service.keys == keys

    service.apt("remove", "handfast")
    assert not service.is_active and service.listening() == set()
    assert "lifetime: 600" in service.configuration.read_text()
    assert machine.path(f"{DATA}/handfast.db").exists()
    service.install(package)
    assert service.expect_tokens()["expires_in"] == 600 and service.keys == keys

    service.apt("purge", "handfast")
    for path in (CONFIGURATION, "/etc/handfast", DATA, "/usr/bin/handfast"):
        assert not machine.path(path).exists(), path
    links = machine.run("find", "/etc/systemd", "/lib/systemd", "-name", "handfast*").stdout
    assert links == "" and service.listening() == set()
    # The user stays: files of it may be elsewhere, and the next one must not inherit them.
    machine.run("getent", "passwd", "handfast")

    # Nothing of the old data is there for a new beginning.
    service.install(package)
    assert service.keys != keys
    assert service.token()["error"] == "invalid_client"


def test_commands_of_root_before_the_first_start(service, machine, package):
    """A system whose policy forbids to start services, as while an image is made."""
    policy = machine.path("/usr/sbin/policy-rc.d")
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    service.install(package)
    assert not service.is_active
    assert service.systemctl("is-enabled", "handfast").stdout == "enabled\n"
    service.register()
    owners = machine.run("find", DATA, "-printf", "%u %m %y\n").stdout.splitlines()
    assert set(owners) == {"handfast 700 d", "handfast 600 f"}
    # Its twin: another user's command, which finds no client there.
    refused = machine.run("handfast", "client", "list", user="nobody", check=False)
    assert refused.returncode != 0 and "edge" not in refused.stdout
    service.systemctl("start", "handfast")
    service.expect_tokens()


def test_port_443_without_root(service, machine, package):
    service.install(package)
    service.register(user="handfast")
    text = service.configuration.read_text()
    service.configuration.write_text(text.replace("127.0.0.1:9443", "0.0.0.0:443"))
    service.systemctl("restart", "handfast")
    assert service.listening() == {"0.0.0.0:443"}
    service.expect_tokens(port=443)
    assert service.status()["Uid"].split()[0] != "0"
    # Its twin: without the one capability.
    service.drop_in("none", "AmbientCapabilities=\nCapabilityBoundingSet=\nRestart=no")
    assert service.systemctl("restart", "handfast", check=False).returncode != 0
    assert service.listening() == set()


def descriptors(machine, process):
    """How many files a process may open at most."""
    rows = machine.run("cat", f"/proc/{process}/limits").stdout.splitlines()
    (row,) = [one.split() for one in rows if one.startswith("Max open files")]
    return int(row[4])


def test_the_sandbox_is_in_force_and_lets_the_program_have_what_it_needs(
    service, machine, package
):
    service.install(package)
    status = service.status()
    bind_service = f"{1 << 10:016x}"
    assert status["CapEff"] == status["CapBnd"] == bind_service
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
    # Where this machine allows fewer descriptors, systemd gives all that it has.
    assert service.shown("LimitNOFILE") == "65536"
    most = min(65536, descriptors(machine, 1))
    assert descriptors(machine, service.process) == most
    namespaces = ["readlink", f"/proc/{service.process}/ns/mnt", "/proc/1/ns/mnt"]
    assert len(set(machine.run(*namespaces).stdout.split())) == 2

    def threads():
        """The nice values of its threads by their names."""
        each = 'echo "$(cat $t/comm) $(cut -d" " -f19 $t/stat)"'
        script = f"for t in /proc/$1/task/*; do {each}; done"
        rows = machine.run("bash", "-c", script, "-", service.process).stdout
        return {row.rsplit(None, 1)[0]: row.rsplit(None, 1)[1] for row in rows.splitlines()}

    named = threads()
    usual = named["reactor-0"]
    assert usual != "10" and "10" in named.values(), named
    # Its twin: a system call fewer.
    service.drop_in("fewer", "SystemCallFilter=~setpriority")
    service.systemctl("restart", "handfast")
    assert set(threads().values()) == {usual}


def test_the_unit_as_this_systemd_judges_it(service, machine, package):
    service.install(package)
    verified = machine.run("systemd-analyze", "verify", "--man=no", "handfast.service")
    assert "handfast.service" not in verified.stderr, verified.stderr
    (unit,) = [service.shown("FragmentPath")]
    judge = ["systemd-analyze", "security", "--offline=yes"]
    machine.run(*judge, "--threshold=16", unit)
    assert machine.run(*judge, "--threshold=5", unit, check=False).returncode == 1
    assert service.shown("Type") == "notify"
    assert {"network-online.target", "time-sync.target"} <= set(service.shown("After").split())


def test_a_hanging_program_is_replaced_by_the_watchdog(service, machine, package):
    service.install(package)
    service.drop_in("soon", "WatchdogSec=2\nTimeoutAbortSec=2")
    service.systemctl("restart", "handfast")
    process = service.process
    # Its twin: one that goes on.
    with pytest.raises(AssertionError):
        expect.eventually(lambda: service.process != process, 4 / expect.PATIENCE)
    machine.run("bash", "-c", f"kill -{signal.SIGSTOP.value} {process}")
    expect.eventually(lambda: service.process not in (0, process) and service.is_active, 20)


def test_a_damaged_package_is_refused(machine, package, tmp_path):
    content = bytearray(package.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = tmp_path / "damaged.deb"
    damaged.write_bytes(content)
    done = machine.run("dpkg", "-i", machine.copy(damaged), check=False)
    assert done.returncode != 0
    assert not machine.path(CONFIGURATION).exists()


def test_purging_empties_a_mounted_data_directory(service, machine, package):
    """A volume stays mounted, without its files; another one below it keeps its own."""
    machine.path(DATA).mkdir()
    machine.run("mount", "-t", "tmpfs", "tmpfs", DATA)
    service.install(package)
    service.register()
    machine.run("bash", "-c", f"mkdir {DATA}/other && mount -t tmpfs tmpfs {DATA}/other")
    machine.run("touch", f"{DATA}/other/foreign")
    service.systemctl("stop", "handfast")
    assert machine.run("apt-get", "-y", "purge", "handfast", check=False).returncode != 0
    machine.run("umount", f"{DATA}/other")
    service.apt("purge", "handfast")
    assert machine.run("ls", "-A", DATA).stdout == ""


def test_a_conffile_that_was_changed_is_kept(service, machine, package, tmp_path):
    """Twin of the upgrade with an unchanged one, which takes over the package's."""
    service.install(package)
    folder = unpacked(package, tmp_path / "later")
    control = folder / "DEBIAN/control"
    control.write_text(control.read_text().replace("Version: ", "Version: 9", 1))
    given = folder / "etc/handfast/handfast.yaml"
    given.write_text("# Of a later release.\n" + given.read_text())
    later = packed(folder, tmp_path / "handfast_9_amd64.deb")
    service.install(later)
    assert service.configuration.read_text().startswith("# Of a later release.")
    service.install(package)
    set_lifetime(service, 700)
    service.install(later)
    assert "lifetime: 700" in service.configuration.read_text()
    assert service.is_active
