"""Rules of subscriptions: which messages of the topic pass, and what is changed in their copies.

1. An expression is read once, when its rule is made; what comes out is a function of the properties of a message.
2. Logic has three values: True, False and None for unknown. Only True lets a message pass.
3. Bodies are not decoded, and properties only if a rule asks for them.
"""
