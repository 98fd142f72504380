"""The verbs of a saga's context: each checks what it is given and hands it to the module that knows the verb.

1. Nothing is scheduled before everything that the author gave was found right.
2. On a closed execution, and after a mismatch, a verb does nothing and what it gives never ends.
"""
