"""The partition host: takes a session, runs turns, commits, sends, settles; in this order and no other.

Reading path: `partition` (the loop), `owner` (what one takeover does with each receive), `triage`, `judging` and
`starts` (what each message is to its instance), `residents` (instances in memory), `preparing` and `plans` (turns),
`committer` (one batch for many turns), `finishing` (what follows a commit), `outbox` (which messages a turn sends),
`dispatch` (what is sent, and when its inputs are settled), `ownership` (the fence against a host that lost its
session without knowing); then `executions` and `branching` (how one execution follows another) and `requests`.
"""
