"""The storm: hundreds of customers, every trouble at once, and then the books must balance.

Reading order: customers, words, plan (what will happen, made from a seed) · trouble (what will go wrong)
· post, operators, chaos, storm (make it happen) · quiet (wait for the end) · ledger, oracle (check it)
· report. `make storm N=5000` runs a larger one.
"""
