# SPDX-License-Identifier: Apache-2.0
"""Somebody who can write to the database, and cannot read audit.key: each way is noticed."""

import os
import shutil
import stat

import pytest

import backups
from audits import Audit
from database import transaction
from server import handfast


@pytest.fixture
def audit(tmp_path):
    """An audit with six rows."""
    data = tmp_path / "data"
    for number in range(6):
        handfast("user", "add", f"user{number}", "--password-stdin", "--data", data,
                 text_input="correct horse\n")  # fmt: skip
    made = Audit(data)
    assert made.verify() == 6
    return made


def tamper(audit, *statements):
    with transaction(audit.data) as opened:
        opened.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            opened.execute(statement)


def place(old, new):
    return f"UPDATE audit SET sequence = {new} WHERE sequence = {old}"


CHANGED = "Row 3 was changed"
COLUMNS = "time, author, kind, id, action, before, after, mac"


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["UPDATE audit SET author = 'command:eve' WHERE sequence = 3"], CHANGED),
        (["UPDATE audit SET time = time + 1 WHERE sequence = 3"], CHANGED),
        (["UPDATE audit SET after = NULL WHERE sequence = 3"], CHANGED),
        (["UPDATE audit SET mac = zeroblob(32) WHERE sequence = 3"], CHANGED),
        (["DELETE FROM audit WHERE sequence = 3"], "Row 3 is missing"),
        (["DELETE FROM audit WHERE sequence IN (3, 4)"], "Rows 3 to 4 are missing"),
        (["DELETE FROM audit WHERE sequence = 3", place(4, 3), place(5, 4), place(6, 5)], CHANGED),
        ([place(3, 99), place(4, 3), place(99, 4)], "Row 3 is in another row's place: it was"
         " written as row 4"),
        (["DELETE FROM audit WHERE sequence > 4"], "Rows 5 to 6 are missing: the end"),
        (["DELETE FROM audit"], "Rows 1 to 6 are missing: the end"),
        (["DELETE FROM audit", "DELETE FROM audit_head"], "The head of the audit was removed"),
        ([f"INSERT INTO audit SELECT 7, {COLUMNS} FROM audit WHERE sequence = 6"],
         "Row 7 was inserted"),
        ([place(6, 7), place(5, 6), place(4, 5),
          f"INSERT INTO audit SELECT 4, {COLUMNS} FROM audit WHERE sequence = 1"],
         "Row 4 was inserted"),
        (["DELETE FROM audit WHERE sequence = 6", "UPDATE audit_head SET sequence = 5"],
         "The head of the audit was changed"),
    ],
)  # fmt: skip
def test_what_was_done_to_the_table_is_said_with_its_first_row(audit, statements, words):
    tamper(audit, *statements)
    assert audit.finding().startswith(words)


@pytest.mark.parametrize(
    "statement", ["DELETE FROM audit_head", "UPDATE audit_head SET sequence = 5"]
)
def test_nothing_is_changed_behind_a_head_that_is_not_ours(audit, statement):
    tamper(audit, statement)
    done = handfast("user", "disable", "user1", "--data", audit.data, check=False)
    assert done.returncode == 1 and "handfast audit renew" in done.stderr
    assert "disabled" not in handfast("user", "list", "--data", audit.data).stdout
    audit.run("renew")
    handfast("user", "disable", "user1", "--data", audit.data)
    text = audit.run("verify").stdout
    assert text.startswith("whole: 2 rows") and "not checked: 6 before them" in text
    assert stat.S_IMODE(os.stat(audit.data / "audit.key").st_mode) == 0o600


def test_without_the_key_nothing_is_changed_until_it_is_back(audit):
    key = audit.data / "audit.key"
    kept = key.read_bytes()
    key.unlink()
    done = handfast("user", "disable", "user1", "--data", audit.data, check=False)
    assert done.returncode == 1 and "put audit.key back" in done.stderr
    assert audit.finding().startswith("The key of the audit, audit.key")
    key.write_bytes(kept)
    key.chmod(0o600)
    handfast("user", "disable", "user1", "--data", audit.data)
    assert audit.verify() == 7


def test_an_old_copy_of_everything_is_noticed_by_a_head_that_was_kept(audit, tmp_path):
    early = audit.head()
    old = tmp_path / "old"
    shutil.copytree(audit.data, old)
    handfast("user", "disable", "user1", "--data", audit.data)
    late = audit.head()
    assert audit.verify("--head", early) == audit.verify("--head", late) == 7
    restored = Audit(old)
    # By itself, a whole old copy is as good as it was.
    assert restored.verify() == restored.verify("--head", early) == 6
    assert restored.finding("--head", late).startswith("The audit ends with row 6, and the head")
    handfast("user", "enable", "user1", "--data", old)
    assert restored.finding("--head", late).startswith("Row 7 is not the one of the head")


def test_a_link_in_the_place_of_the_key_is_refused(audit, tmp_path):
    key = audit.data / "audit.key"
    key.rename(tmp_path / "elsewhere")
    key.symlink_to(tmp_path / "elsewhere")
    done = handfast("user", "disable", "user1", "--data", audit.data, check=False)
    assert done.returncode == 1 and "symbolic link" in done.stderr


def test_a_key_that_others_could_read_is_tightened(audit):
    key = audit.data / "audit.key"
    key.chmod(0o644)
    done = audit.run("verify")
    assert "others could read" in done.stderr
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_restored_directory_verifies_with_the_head_of_before(audit, tmp_path):
    head = audit.head()
    file = tmp_path / "backup.tar"
    handfast("backup", file, "--data", audit.data)
    assert "audit.key" in backups.members(file)
    backups.restore(file, tmp_path / "restored")
    restored = Audit(tmp_path / "restored")
    assert restored.verify("--head", head) == 6
    handfast("user", "disable", "user1", "--data", restored.data)
    assert restored.verify("--head", head) == 7
