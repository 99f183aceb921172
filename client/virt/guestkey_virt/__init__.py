# SPDX-License-Identifier: LGPL-2.1-or-later
"""guestkey in virt-install and virt-manager: their own code, extended while it runs."""
