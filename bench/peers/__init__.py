"""The products that Sahut is measured beside, each in its own virtual environment."""
