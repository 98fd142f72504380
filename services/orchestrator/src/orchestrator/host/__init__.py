"""The partition host: takes a session, runs turns, commits, sends, settles; in this order and no other.

Reading path: `partition` (the loop), `owner` (what one takeover does with each receive), `triage` (what each message is
to its instance), `residents` (instances in memory), `committer` (one batch for many turns), `dispatch` (what is sent,
and when its inputs are settled), `ownership` (the fence against a host that lost its session without knowing).
"""
