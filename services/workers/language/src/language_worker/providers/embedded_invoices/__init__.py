"""Invoices read out of Markdown by rules: what rows, words, figures and days mean, and which field is which."""
