# SPDX-License-Identifier: LGPL-2.1-or-later
"""Windows of a program on this desktop, used as a user does, through what GTK tells assistive tools (AT-SPI)."""

import pathlib
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # pylint: disable=wrong-import-position

PATIENCE = 60  # seconds; a bound, nothing that is waited for
BETWEEN_LOOKS = 0.05


class Widget:
    """Something on the desktop."""

    def __init__(self, node):
        self.node = node

    def find(self, name, role=None, fuzzy=False):
        """What is in it by name, or a part of that, as soon as it is shown."""
        return self._wait(lambda: self._look_for(name, role, fuzzy), f"has {name}")

    def click(self):
        """Presses, selects or toggles it, once it can be."""
        self._wait(lambda: self.has(Atspi.StateType.SENSITIVE), "can be clicked")
        self._act("click")

    def activate(self):
        """Chooses a row, or folds something in or out."""
        self._act("activate")

    def select(self):
        """Turns to a tab."""
        self.node.get_parent().select_child(self.node.get_index_in_parent())

    def text(self):
        """What is in a text."""
        return self.node.get_text(0, -1)

    def type(self, text):
        """Puts text in its place."""
        self.node.set_text_contents(text)

    def set(self, number):
        """Gives a spin button a value."""
        self.node.set_current_value(number)

    def tick(self):
        """Ticks a checkbox."""
        self.click()
        self._wait(lambda: self.has(Atspi.StateType.CHECKED), "is ticked")

    def wait_until_unusable(self, reason=""):
        """Until it cannot be used, is not ticked either, and says why in its tooltip."""
        self._wait(lambda: not self.has(Atspi.StateType.SENSITIVE) and not self.has(Atspi.StateType.CHECKED)
                   and reason in self.node.get_description(), f"becomes unusable: {reason}")

    def wait_until_gone(self):
        """Until it is closed."""
        self._wait(lambda: not self.has(Atspi.StateType.SHOWING), "goes away")

    def take_picture(self, file, unlike_the_last=False):
        """A PNG file of the window, which may have to be painted anew first."""
        last = pathlib.Path(file).read_bytes() if unlike_the_last else None
        place = self.node.get_extents(Atspi.CoordType.SCREEN)
        crop = f"{place.width}x{place.height}+{place.x}+{place.y}"

        def taken():
            subprocess.run(["import", "-window", "root", "-crop", crop, "+repage", "-strip", file], check=True)
            return pathlib.Path(file).read_bytes() != last

        self._wait(taken, "looks different")

    def has(self, state):
        """Whether it is in a state."""
        return self._ask(lambda: self.node.get_state_set().contains(state))

    def describe(self):
        """All that is shown in it."""
        shown = [widget for widget in self._all() if widget.has(Atspi.StateType.SHOWING)]
        return "\n".join(f"{widget.node.get_role_name()} {widget.node.get_name()!r}" for widget in shown)

    def _look_for(self, name, role, fuzzy):
        for widget in self._all():
            if widget.has(Atspi.StateType.SHOWING) and widget._is_called(name, role, fuzzy):
                return widget
        return None

    def _is_called(self, name, role, fuzzy):
        mine = self._ask(self.node.get_name) or self._label() or ""
        return (name in mine if fuzzy else name == mine) and role in (None, self._ask(self.node.get_role_name))

    def _label(self):
        # Of a field without a name, what stands beside it.
        relations = self._ask(self.node.get_relation_set) or ()
        labels = [relation.get_target(0) for relation in relations
                  if relation.get_relation_type() == Atspi.RelationType.LABELLED_BY]
        return self._ask(labels[0].get_name) if labels else None

    def _act(self, action):
        names = [self.node.get_action_name(index) for index in range(self.node.get_n_actions())]
        self.node.do_action(names.index(action))

    def _wait(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not (found := condition()):
            if time.monotonic() > deadline:
                sys.exit(f"{self.node.get_name()} never {what}:\n{desktop().describe()}")
            time.sleep(BETWEEN_LOOKS)
        return found

    def _all(self):
        yield self
        for index in range(self._ask(self.node.get_child_count) or 0):
            child = self._ask(lambda index=index: self.node.get_child_at_index(index))
            if child:
                yield from Widget(child)._all()

    @staticmethod
    def _ask(question):
        try:
            return question()
        except GLib.Error:  # it is gone meanwhile
            return None


def desktop():
    """All windows."""
    return Widget(Atspi.get_desktop(0))
