"""Folding: bringing what the redo log holds into the tables, a little with each commit.

1. While one file of the log is written, the other one is folded: nothing of it in the first half, so that what is gone
   soon is never written, and all of it by the end. No commit has to wait for much.
2. The number of the last record that was folded is stored in the transaction that folds it.
"""

import sqlite3

from emulators.redo.log import RedoLog
from emulators.servicebus.statements import STATEMENTS, Work
from emulators.servicebus.unfolded import Unfolded


class Folding:
    """What is in the log and not in the tables yet. Every method raises `sqlite3.Error`."""

    def __init__(self, database: sqlite3.Connection, log: RedoLog) -> None:
        self._database = database
        self._log = log
        self._older: Unfolded
        self._newer: Unfolded
        self._begin(log.last)

    def note(self, work: Work) -> None:
        """Take note of the record that was appended last, and fold a little."""
        self._newer.note(work)
        self._newer.last = self._log.last
        if self._log.is_full:
            self._fold_older()
            self._newer.forget_older()
            self._older, self._newer = self._newer, Unfolded(self._log.last, self._newer)
            self._most = len(self._older)
            self._log.switch()
        elif self._older:
            left = 1 - self._log.used / self._log.file_bytes
            excess = len(self._older) - int(2 * left * self._most)
            if excess > 0:
                self._do(self._older.take(excess))

    def finish(self) -> None:
        """Fold everything; the log begins anew."""
        self._fold_older()
        self._newer.forget_older()
        self._older = self._newer
        self._fold_older()
        self._log.restart()
        self._begin(self._log.last)

    def _begin(self, last: int) -> None:
        self._older = Unfolded(last)
        self._newer = Unfolded(last, self._older)
        self._most = 0

    def _fold_older(self) -> None:
        older = self._older
        self._do(older.take(len(older)))
        self._do(older.rest())
        self._open()
        retire(self._database, older.last)
        self._database.execute("commit")

    def _do(self, work: Work) -> None:
        self._open()
        do(self._database, work)

    def _open(self) -> None:
        if not self._database.in_transaction:
            self._database.execute("begin immediate")


def do(database: sqlite3.Connection, work: Work) -> None:
    """Run statements within the open transaction."""
    for number, rows in work:
        if rows:
            database.executemany(STATEMENTS[number], rows)


def retire(database: sqlite3.Connection, last: int) -> None:
    """Note, within the open transaction, which record of the log is the last that need not be done again."""
    database.execute("update redo set retired = ?", (last,))
