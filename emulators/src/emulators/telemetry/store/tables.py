"""The tables. Triggers keep the summary of each trace, so that the list of transactions costs nothing to look at.

1. A span is known by its trace and its id: what is sent again changes no summary, it is counted as a duplicate of the
   protocol by which it came. (A process that exports both ways sends each span once by each.)
2. A log record has no id: the same message of the same span in the same microsecond is the same record.
3. `labels` are the texts by which a trace is found: names, roles, sagas and steps, and its instances.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS spans (
    trace_id TEXT NOT NULL, span_id TEXT NOT NULL, parent_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    role TEXT NOT NULL, instance TEXT NOT NULL, start INTEGER NOT NULL, duration INTEGER NOT NULL,
    failed INTEGER NOT NULL, code TEXT NOT NULL, problem TEXT NOT NULL, type TEXT NOT NULL, target TEXT NOT NULL,
    origin TEXT NOT NULL, attributes BLOB NOT NULL, insights INTEGER NOT NULL, otlp INTEGER NOT NULL,
    PRIMARY KEY (trace_id, span_id));
CREATE INDEX IF NOT EXISTS spans_by_start ON spans (start);
CREATE INDEX IF NOT EXISTS spans_by_parent ON spans (trace_id, parent_id);
CREATE TABLE IF NOT EXISTS links (
    trace_id TEXT NOT NULL, span_id TEXT NOT NULL, to_trace TEXT NOT NULL, to_span TEXT NOT NULL,
    PRIMARY KEY (trace_id, span_id, to_trace, to_span)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_by_end ON links (to_trace, to_span);
CREATE TABLE IF NOT EXISTS logs (
    number INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, span_id TEXT NOT NULL, role TEXT NOT NULL,
    instance TEXT NOT NULL, at INTEGER NOT NULL, severity INTEGER NOT NULL, message TEXT NOT NULL,
    exception TEXT NOT NULL, stack TEXT NOT NULL, attributes BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS logs_once ON logs (trace_id, span_id, at, exception, message);
CREATE TABLE IF NOT EXISTS labels (
    trace_id TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    PRIMARY KEY (trace_id, kind, text)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS traces (
    trace_id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, rooted INTEGER NOT NULL, first INTEGER NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, spans INTEGER NOT NULL, failures INTEGER NOT NULL,
    exceptions INTEGER NOT NULL, logs INTEGER NOT NULL, duplicates INTEGER NOT NULL, changed INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS traces_by_start ON traces (start);
CREATE INDEX IF NOT EXISTS traces_by_change ON traces (changed);
CREATE TABLE IF NOT EXISTS points (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, instance TEXT NOT NULL, at INTEGER NOT NULL,
    value REAL, count INTEGER NOT NULL, least REAL, greatest REAL, unit TEXT NOT NULL, attributes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS envelopes (number INTEGER PRIMARY KEY, arrived REAL NOT NULL, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS changes (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
INSERT OR IGNORE INTO changes VALUES (1, 0);

CREATE TRIGGER IF NOT EXISTS span_came AFTER INSERT ON spans BEGIN
    INSERT INTO traces SELECT
        NEW.trace_id, NEW.name, NEW.role, NEW.parent_id = '', NEW.start, NEW.start, NEW.start + NEW.duration,
        1, NEW.failed, 0, 0, 0, number FROM changes WHERE true
    ON CONFLICT (trace_id) DO UPDATE SET
        name = iif(excluded.rooted > rooted OR (excluded.rooted = rooted AND excluded.start < first),
            excluded.name, name),
        role = iif(excluded.rooted > rooted OR (excluded.rooted = rooted AND excluded.start < first),
            excluded.role, role),
        first = iif(excluded.rooted > rooted, excluded.start,
            iif(excluded.rooted = rooted, min(first, excluded.start), first)),
        rooted = max(rooted, excluded.rooted), start = min(start, excluded.start), end = max(end, excluded.end),
        spans = spans + 1, failures = failures + excluded.failures, changed = excluded.changed;
END;
CREATE TRIGGER IF NOT EXISTS span_came_again AFTER UPDATE OF insights, otlp ON spans
    WHEN NEW.insights > max(1, OLD.insights) OR NEW.otlp > max(1, OLD.otlp) BEGIN
    UPDATE traces SET duplicates = duplicates + 1, changed = (SELECT number FROM changes) WHERE trace_id = NEW.trace_id;
END;
CREATE TRIGGER IF NOT EXISTS log_came AFTER INSERT ON logs WHEN NEW.trace_id <> '' BEGIN
    INSERT INTO traces SELECT
        NEW.trace_id, '', NEW.role, -1, NEW.at, NEW.at, NEW.at, 0, 0, NEW.exception <> '', NEW.exception = '', 0,
        number FROM changes WHERE true
    ON CONFLICT (trace_id) DO UPDATE SET
        exceptions = exceptions + excluded.exceptions, logs = logs + excluded.logs, changed = excluded.changed;
END;
"""

ADD_SPAN = """
INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (trace_id, span_id) DO UPDATE SET insights = insights + excluded.insights, otlp = otlp + excluded.otlp
"""
ADD_LINK = "INSERT OR IGNORE INTO links VALUES (?, ?, ?, ?)"
ADD_LABEL = "INSERT OR IGNORE INTO labels VALUES (?, ?, ?)"
ADD_LOG = "INSERT OR IGNORE INTO logs VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_POINT = "INSERT INTO points VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_ENVELOPE = "INSERT INTO envelopes VALUES (NULL, ?, ?)"
