"""Sahut's speed and reliability, always measured beside a named peer in the same run.

`python -m bench --help` lists what can be run. Linux only: it reads /proc.
"""
