# SPDX-License-Identifier: Apache-2.0
"""CAs that revoke, and where their lists are published."""

import os

from pki import CA

SUBJECT = "/O=Handfast/CN=revocable"


class Lists:
    """A CA that revokes, and the file of its list."""

    def __init__(self, folder, name, parent=None):
        self.ca = CA(folder / name, f"/O=Handfast/CN={name}", parent=parent)
        self.file = folder / f"{name}.crl"
        self.publish()

    def pem(self, **dates):
        """A new list."""
        return self.ca.revocation_list(**dates)

    def publish(self, **dates):
        """Puts a new list in the place of the file, as a careful operator does."""
        partial = self.file.with_suffix(".new")
        partial.write_bytes(self.pem(**dates))
        os.replace(partial, self.file)

    def revoke(self, credential, **dates):
        self.ca.revoke(credential.certificate)
        self.publish(**dates)

    def issue(self, name, **more):
        return self.ca.issue(name, subject=SUBJECT, **more)
