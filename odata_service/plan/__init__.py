"""Typed tree in, plan out: what will happen, still without SQL."""
