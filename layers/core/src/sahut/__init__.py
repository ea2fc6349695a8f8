"""Sahut answers customers from an organisation's own documents, or hands them to a person."""
