# SPDX-License-Identifier: Apache-2.0
"""The order in which processes side by side run the tests (pytest-xdist): a file at a time."""

from xdist.scheduler import LoadFileScheduling

# Their tests share a package or an image for the session, which takes half a minute to make.
SHARING = ("debian/", "packaging/", "documentation/test_image_page")


class Schedule(LoadFileScheduling):
    """A file goes to one process, and those that share what takes long to make to the same."""

    def _split_scope(self, nodeid):
        scope = super()._split_scope(nodeid)
        shared = [one for one in SHARING if one in scope]
        return "packages and images" if shared else scope
