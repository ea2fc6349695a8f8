"""What the stages need from the world, as Protocols. Adapters fulfil them."""
