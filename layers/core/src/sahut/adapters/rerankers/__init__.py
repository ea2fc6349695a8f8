"""Rerankers: how well question and passage fit."""
