"""What keeps a stack from running, each as a sentence for the person at the keyboard.

StackError
 +-- FolderInUse    another stack runs in this folder
 +-- PortInUse      something else listens on a fixed port
 +-- StartFailed    a process did not become ready
"""


class StackError(Exception):
    """The stack cannot run; the message is the whole report."""


class FolderInUse(StackError):
    """Another stack runs in this folder."""


class PortInUse(StackError):
    """Something else listens on a port that has to be free."""


class StartFailed(StackError):
    """A process did not become ready; the message ends with the last lines of its log."""
