# SPDX-License-Identifier: LGPL-2.1-or-later
"""How the tools' code is extended."""

import functools


def wrap(owner, name, around):
    """Has calls of owner.name go to around instead, which gets what was there before as its first argument."""
    if not hasattr(owner, name):
        raise RuntimeError(f"{owner.__name__} has no {name} any more; guestkey was made for virt-manager 4.1, "
                           "install that or a newer guestkey")
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args, **kwargs):
        return around(original, *args, **kwargs)

    static = isinstance(vars(owner).get(name), staticmethod)
    setattr(owner, name, staticmethod(wrapped) if static else wrapped)
