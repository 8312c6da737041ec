"""Budgets: their tree, what was spent of each, how fast, and when each will be crossed."""
